"""What a person sees of an audit: the text, the trace, JSON and HTML."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import batchfirst as bf


class Swapped(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 16)
        self.head = nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


class Loop(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(3, 5)

    def forward(self, x: Tensor) -> Tensor:
        h = x.new_zeros(x.size(0), 5)
        for step in x.unbind(1):
            h = self.cell(step, h)
        return h


@pytest.fixture
def swapped() -> bf.Audit:
    return bf.audit(Swapped(), torch.randn(4, 7, 8), layout="batch seq features")


def test_the_verdict_comes_first(swapped: bf.Audit) -> None:
    first, rest = str(swapped).split("\n", 1)
    assert first.startswith("1 error: BF101 batch-seq-swapped at test_report.py:")
    assert "error[BF101]: LSTM reads the batch axis as time" in rest
    assert not swapped.ok


def test_a_right_model_is_told_in_one_line() -> None:
    result = bf.audit(Loop(), torch.randn(4, 7, 3), layout="batch seq features")
    assert result.ok
    assert str(result).splitlines()[0] == "ok: 4 samples and 7 steps followed through 9 operations; nothing is mixed up"


def test_the_trace_shows_the_axes_change_hands(swapped: bf.Audit) -> None:
    lines = swapped.show_trace().splitlines()
    assert lines[1].split() == ["input", "0", "batch", "4", "seq", "7", "features", "8"]
    accused = [line for line in lines if line.startswith("!")]
    assert len(accused) == 1
    assert "LSTM lstm" in accused[0]
    assert "BF101" in accused[0]
    assert max(map(len, lines)) <= 80


def test_a_loop_is_told_once() -> None:
    result = bf.audit(Loop(), torch.randn(4, 50, 3), layout="batch seq features")
    text = result.show_trace()
    assert "× 50" in text
    assert len(text.splitlines()) < 10


def test_json_says_what_the_objects_say(swapped: bf.Audit) -> None:
    document = json.loads(swapped.to_json())
    assert document["schema"] == "batchfirst.audit/1"
    assert document["findings"][0]["code"] == swapped.findings[0].code
    assert document["trace"][0]["shape"] == [4, 7, 8]
    assert [axis["carries"] for axis in document["trace"][0]["axes"]] == [["batch"], ["seq"], ["features"]]
    assert document["measured"]["changed"] == {"batch": [0, 2, 3], "seq": [0, 3, 6], "features": [0, 4, 7]}


def test_html_is_one_file_without_script_or_network(swapped: bf.Audit, tmp_path: Path) -> None:
    swapped.to_html(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "<script" not in text
    assert "http" not in text
    assert "LSTM reads the batch axis as time" in text
    assert swapped._repr_html_().startswith('<div class="bf">')


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    model = Swapped()
    model.register_module("<img src=x onerror=alert(1)>", nn.LSTM(8, 16))
    evil = "<img src=x onerror=alert(1)>"

    def program(x: Tensor) -> Tensor:
        return getattr(model, evil)(x)[0]

    result = bf.audit(program, torch.randn(4, 7, 8), layout="batch seq features")
    assert result.findings[0].module == evil
    assert "<img" not in result._repr_html_()


def test_a_path_that_cannot_be_written_is_named(swapped: bf.Audit, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no_such_folder"):
        swapped.to_html(tmp_path / "no_such_folder" / "report.html")

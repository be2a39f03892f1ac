"""Fixes as edits: each parses where it stands, and the program that it is made in is right afterwards."""

from __future__ import annotations

import ast
import importlib.util
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

import batchfirst as bf
from batchfirst.model.finding import Edit, Finding

CASES = sorted((Path(__file__).parent.parent / "cases").glob("case_*.py"))


def _load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _findings(case: ModuleType) -> tuple[Finding, ...]:
    model, inputs, targets = case.make()
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    model.eval()
    layout: Any = case.META.get("layout_given", case.META["layout"])
    layouts = [layout] + [None] * (len(inputs) - 1) if isinstance(layout, str) else layout
    found = bf.audit(lambda *given: case.run(model, given, targets), *inputs, layout=layouts).findings
    return tuple(one for one in found if one.severity != "note")


def _applied(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits made, the last one first; each has its old text where it says."""
    lines = text.splitlines()
    for edit in sorted(edits, key=lambda one: (one.location.line, one.location.column or 0), reverse=True):
        line = lines[edit.location.line - 1]
        start, end = edit.location.column, edit.location.end_column
        assert line[start:end] == edit.before
        lines[edit.location.line - 1] = line[:start] + edit.after + line[end:]
    made = "\n".join(lines) + "\n"
    ast.parse(made)
    return made


@pytest.mark.filterwarnings("ignore")
def test_edits_parse_and_most_programs_are_right_afterwards(tmp_path: Path) -> None:
    written, healed = [], []
    for path in CASES:
        case = _load(path, f"edits_{path.stem}")
        if case.META["loud"]:
            continue
        found = _findings(case)
        edits = found[0].fix.edits if found and found[0].fix is not None else ()
        if not edits:
            continue
        written.append(path.stem)
        mended = tmp_path / f"mended_{path.name}"
        mended.write_text(_applied(path.read_text(), edits))
        try:
            left = _findings(_load(mended, f"mended_{path.stem}"))
        except Exception as error:  # a place further down still reads the old layout
            left = (error,)  # type: ignore[assignment]
        if not left:
            healed.append(path.stem)
    print(f"{len(written)} edits, {len(healed)} programs right afterwards; not: {sorted(set(written) - set(healed))}")
    assert len(written) >= 40
    assert len(healed) >= 0.95 * len(written)  # what is left holds a second mistake


MODEL = """
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        {init}

    def forward(self, x):
        {forward}
"""
ROUNDS = [
    # (constructor, forward with the mistake, the line or expression after the edit)
    ("self.gru = nn.GRU(8, 6, batch_first=True, bidirectional=True)",
     "out, _ = self.gru(x); return out[:, -1]",
     "torch.cat((out[:, -1, :self.gru.hidden_size], out[:, 0, self.gru.hidden_size:]), dim=-1)"),
    ("self.gru = nn.GRU(8, 6, 2, batch_first=True, bidirectional=True)",
     "_, h = self.gru(x); return torch.cat([h[0], h[1]], -1)", "torch.cat([h[-2], h[-1]], -1)"),
    ("self.gru = nn.GRU(8, 6, 2, batch_first=True)", "_, h = self.gru(x); return h[0]", "h[-1]"),
    ("self.gru = nn.GRU(8, 6, 2, batch_first=True)",
     "_, h = self.gru(x); return h.view(x.size(0), -1)", "h.transpose(0, 1).reshape(x.size(0), -1)"),
    ("self.gru = nn.GRU(8, 6, 2, batch_first=True, bidirectional=True)",
     "_, h = self.gru(x); return h.view(2, -1, 12)",
     "h.view(2, 2, -1, h.size(-1)).transpose(1, 2).reshape(2, -1, 12)"),
    ("self.one, self.two = nn.Linear(8, 12), nn.GRU(8, 6, 2, batch_first=True)",
     "return self.two(x, self.one(x[:, 0]).view(2, -1, 6))[0]",
     "self.one(x[:, 0]).view(-1, 2, 6).transpose(0, 1).contiguous()"),
    ("self.gru = nn.GRU(8, 6)",
     "return self.gru(x.view(x.size(1), -1, 8))[0]", "x.transpose(0, 1)"),
    ("self.gru = nn.GRU(8, 6)", "out, _ = self.gru(x); return out[-1]", "self.gru(x.transpose(0, 1))"),
    ("self.gru = nn.GRU(8, 6)", "out, _ = self.gru(x); return out[:, -1]", "nn.GRU(8, 6, batch_first=True)"),
    ("self.gru = nn.GRU(8, 6, batch_first=True)", "out, _ = self.gru(x); return out[-1]", "out[:, -1]"),
    ("self.gru, self.fc = nn.GRU(8, 6, batch_first=True), nn.Linear(6, 5)",
     "return torch.softmax(self.fc(self.gru(x)[0]), dim=0)",
     "torch.softmax(self.fc(self.gru(x)[0]), dim=-1)"),
]  # fmt: skip


def _model(tmp_path: Path, init: str, forward: str, name: str) -> ModuleType:
    path = tmp_path / f"{name}.py"
    path.write_text(MODEL.format(init=init, forward=forward.replace("; ", "\n        ")), encoding="utf-8")
    return _load(path, f"{name}_{abs(hash((init, forward)))}")


def _audit(module: ModuleType) -> bf.Audit:
    torch.manual_seed(0)
    return bf.audit(module.Model().eval(), torch.randn(4, 7, 8), layout="batch seq features")


@pytest.mark.parametrize(("init", "forward", "after"), ROUNDS, ids=[row[2][:40] for row in ROUNDS])
def test_the_edit_is_the_one_that_mends_it(tmp_path: Path, init: str, forward: str, after: str) -> None:
    module = _model(tmp_path, init, forward, "wrong")
    found = _audit(module).findings[0]
    assert found.fix is not None
    assert [edit.after for edit in found.fix.edits] == [after]
    assert module.__file__ is not None
    mended = tmp_path / "mended.py"
    mended.write_text(_applied(Path(module.__file__).read_text(encoding="utf-8"), found.fix.edits), encoding="utf-8")
    assert _audit(_load(mended, f"mended_{abs(hash(after))}")).findings == ()


@pytest.mark.parametrize(
    ("init", "forward"),
    [
        # how the module is built does not stand here
        ("how = dict(num_layers=1); self.gru = nn.GRU(8, 6, **how)", "return self.gru(x)[0][:, -1]"),
        # what is read twice would be computed twice
        ("self.gru = nn.GRU(8, 6, batch_first=True, bidirectional=True)", "return self.gru(x)[0][:, -1]"),
        # the width of the result would change, and with it the head
        ("self.gru = nn.GRU(8, 6, 2, batch_first=True, bidirectional=True)", "_, h = self.gru(x); return h[-1]"),
    ],
)
def test_no_edit_where_anything_is_open(tmp_path: Path, init: str, forward: str) -> None:
    found = _audit(_model(tmp_path, init.replace("; ", "\n        "), forward, "open")).findings
    assert found
    assert found[0].fix is not None
    assert found[0].fix.edits == ()
    assert found[0].fix.text


def test_no_edit_where_samples_end_at_different_steps(tmp_path: Path) -> None:
    path = tmp_path / "packed.py"
    path.write_text(
        textwrap.dedent("""
        from torch import nn
        from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.gru = nn.GRU(8, 6)

            def forward(self, x, lengths):
                out, _ = self.gru(pack_padded_sequence(x, lengths, enforce_sorted=False))
                return pad_packed_sequence(out)[0][:, -1]
        """),
        encoding="utf-8",
    )
    model = _load(path, "packed_model").Model().eval()
    lengths = torch.tensor([7, 3, 5, 7])
    found = bf.audit(model, torch.randn(7, 4, 8), lengths, layout=["seq batch features", None]).findings
    assert found[0].code == "BF303"
    assert found[0].fix is not None
    assert found[0].fix.edits == ()

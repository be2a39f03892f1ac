"""Findings that the renderers' tests draw."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from pathlib import Path

import pytest

from batchfirst.diagnosis.codes import finding
from batchfirst.model.finding import AxisRow, AxisTable, Edit, Evidence, Finding, Fix, Location, Rival


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def source(folder: Path) -> Callable[..., str]:
    """Writes a file whose line number `line` is `code` and returns its path."""

    def write(line: int, code: str, name: str = "train.py") -> str:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n" * (line - 1) + code + "\n", encoding="utf-8")
        linecache.checkcache(str(path))
        return str(path)

    return write


@pytest.fixture
def swapped(folder: Path, source: Callable[..., str]) -> Finding:
    """The finding of the project's design page, with every part filled."""
    train = source(41, "    out, (h_n, c_n) = self.encoder(x)")
    return finding(
        "BF101",
        "LSTM reads the batch axis as time",
        location=Location(train, 41, "train_step", 35, 36),
        module="encoder.lstm",
        label="x: float32 (32, 50, 8)",
        table=AxisTable(
            (
                AxisRow("x", ("32", "50", "8")),
                AxisRow("declared", ("batch", "seq", "features"), '"batch seq features", train.py:37'),
                AxisRow("LSTM reads", ("seq", "batch", "features"), "batch_first=False, model.py:12"),
            ),
            (0, 1),
            "swapped",
        ),
        effects=("memory ran across samples, not along time",),
        evidence=(
            Evidence("a change in sample 0 reaches 32 of 32 samples; a change in step 0 reaches 1 of 50", "audit"),
            Evidence("torch raised nothing: both readings of (32, 50, 8) are valid", "torch"),
        ),
        fix=Fix(
            "build it batch-first (same state_dict shapes)",
            (Edit(Location(str(folder / "model.py"), 12), "nn.LSTM(8, 16)", "nn.LSTM(8, 16, batch_first=True)"),),
        ),
        notes=(
            "h_n and c_n stay (layers, batch, hidden) under batch_first=True",
            "weights trained before this fix mixed samples; retrain them",
        ),
        rivals=(Rival("BF104", "three axes came, and three are wanted"),),
        consequences=("train.py:44: each sample's loss depends on every other sample",),
        rank=3,
    )

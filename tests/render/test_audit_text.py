"""An audit as text: the verdict first, what was measured, and the way as a table that fits the terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

import batchfirst as bf
from batchfirst.model.finding import Location
from batchfirst.model.trace import OpFact, Trace, ValueFact, Verdict
from batchfirst.render.audit import verdict_line
from batchfirst.render.text import columns
from batchfirst.render.trace import Loop, Row, folded_rows, trace_rows
from batchfirst.render.trace_table import render_trace

BATCH = Verdict("carried", 0, ((0, (0,)), (3, (3,))), (0, 3))


class Everything(nn.Module):
    """A convolution, two layers in two directions, a cell loop, axes folded and back, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(8, 8, 3, padding=1)
        self.lstm = nn.LSTM(8, 16, 2, bidirectional=True, batch_first=True)
        self.cell = nn.GRUCell(32, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.conv(x.transpose(1, 2)).transpose(1, 2)
        out, (h, _) = self.lstm(x)
        folded = out.reshape(-1, 32).tanh().view(x.size(0), -1, 32)
        state = torch.zeros(x.size(0), 4)
        states = []
        for t in range(folded.size(1)):
            state = self.cell(folded[:, t], state)
            states.append(state)
        return self.head(torch.stack(states, 1)), h


@pytest.fixture(scope="module")
def everything() -> bf.Audit:
    torch.manual_seed(0)
    return bf.audit(Everything().eval(), torch.randn(5, 50, 8), layout="batch seq features")


def _row(text: str, step: str) -> str:
    return next(line for line in text.splitlines() if line[2:].strip().startswith(step))


def test_the_trace_prints_as_a_table_of_axes(everything: bf.Audit) -> None:
    text = str(everything.trace)
    assert text == everything.show_trace()
    assert text.splitlines()[0].split() == ["step", "line", "axis", "0", "axis", "1", "axis", "2"]
    steps = everything.trace.seq  # a long input is cut to a slice
    assert _row(text, "input 0").split()[2:] == ["batch", "5", "seq", str(steps), "features", "8"]
    assert _row(text, "transpose").split()[2:] == ["batch", "5", "features", "8", "seq", str(steps)]
    assert _row(text, "LSTM lstm h_n").split()[-8:-2] == ["layers", "4", "batch", "5", "features", "16"]
    assert f"(batch seq) {5 * steps}" in _row(text, "reshape")
    assert _row(text, "linear head").startswith("> ")


def test_a_loop_over_cells_is_told_once(everything: bf.Audit) -> None:
    loops = [item for item in folded_rows(trace_rows(everything.trace)) if isinstance(item, Loop)]
    assert [(loop.least, len(loop.items)) for loop in loops] == [(everything.trace.seq, 2)]
    assert f"× {everything.trace.seq}:" in str(everything.trace)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_asked(everything: bf.Audit, width: int) -> None:
    lines = [*everything.show_trace(width=width).splitlines(), *everything.show(width=width).splitlines()]
    assert max(map(columns, lines)) <= width


def test_colour_changes_no_character(everything: bf.Audit) -> None:
    for shown in (everything.show, everything.show_trace):
        painted = re.sub(r"\x1b\[[\d;]*m", "", shown(color=True))
        assert [line.rstrip() for line in painted.splitlines()] == shown().splitlines()


def test_what_was_measured_is_said(everything: bf.Audit) -> None:
    text = str(everything)
    assert text.startswith(f"ok: 5 samples and {everything.trace.seq} steps followed through ")
    assert "measured by changing, one at a time: samples 0, 2, 4 of 5; steps 0, " in text
    assert "print(audit.trace)" in text.splitlines()[-1]


def _trace(*ops: tuple[str, Verdict], probed: bool = True) -> Trace:
    """A chain of operations on tensors of shape (4, 6), each with a verdict about the batch."""
    values = [ValueFact((4, 6), "float32", None, "0", "input", BATCH)]
    facts = []
    for index, (name, verdict) in enumerate(ops):
        values.append(ValueFact((4, 6), "float32", index, batch=verdict))
        place = Location("/home/me/model.py", 10 + index, "Model.forward")
        facts.append(OpFact(index, name, place, inputs=(index,), outputs=(index + 1,)))
    results = (len(values) - 1,)
    return Trace(tuple(values), tuple(facts), results, batch=4, probed={"batch": (0, 3)} if probed else {})


def test_no_more_is_said_than_was_measured() -> None:
    right = verdict_line([], _trace(("relu", BATCH)))
    assert right == "ok: 4 samples followed through 1 operation; nothing is mixed up"
    meet = verdict_line([], _trace(("batch_norm", Verdict("mixed", None, (), (0, 3)))))
    assert meet.endswith("samples meet in the result, where the operations may")
    nothing = verdict_line([], replace(_trace(("relu", BATCH), probed=False), remarks=("the batch is empty",)))
    assert nothing == "ok: no mistake seen, but no axis of the data was followed: see below"


def test_a_row_that_is_accused_is_marked_and_so_are_those_behind_it() -> None:
    mixed = Verdict("mixed", None, (), (0, 3))
    trace = replace(_trace(("relu", BATCH), ("softmax", mixed), ("mul", mixed)), accused=((1, "BF406"),))
    lines = render_trace(trace).splitlines()
    assert [line[0] for line in lines[1:5]] == [" ", " ", "!", ">"]
    assert lines[3].endswith("BF406, batch mixed")
    assert lines[4].endswith("batch mixed")
    assert "BF" not in lines[4]


def test_a_very_long_way_is_shown_around_its_findings() -> None:
    names = [f"op{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}" for n in range(900)]
    trace = replace(_trace(*((name, BATCH) for name in names)), accused=((450, "BF402"),))
    text = render_trace(trace)
    assert len(text.splitlines()) < 260
    assert "more rows" in text
    assert names[0] in text
    assert names[450] in text
    assert names[-1] in text


def test_many_axes_and_names_of_control_characters_stay_in_their_line() -> None:
    wide = ValueFact((2,) * 12, "float32", 0)
    evil = OpFact(0, "view\x1b[31m\n", Location("/tmp/a\nb.py", 3), "批次." * 20, inputs=(0,), outputs=(1,))
    trace = Trace((ValueFact((4, 6), "float32", None, "x/\x07", "input", BATCH), wide), (evil,), (1,), batch=4)
    text = render_trace(trace)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert max(map(columns, text.splitlines())) <= 80


def test_a_trace_that_cannot_be_drawn_says_so() -> None:
    broken = replace(_trace(("relu", BATCH)), results=(0,), ops=(OpFact(0, "relu", None, outputs=(99,)),))
    assert render_trace(broken).startswith("this trace could not be drawn (IndexError")


def test_rounds_of_a_loop_inside_a_loop() -> None:
    at = {name: Location("m.py", line) for name, line in (("a", 1), ("b", 2), ("c", 3))}
    names = [name for _ in range(3) for name in ("a", *"bbbb", "c")]
    values = [ValueFact((4, 6), "float32", None, "0", "input", BATCH)]
    ops = []
    for index, name in enumerate(names):
        values.append(ValueFact((4, 6), "float32", index, batch=BATCH))
        ops.append(OpFact(index, name, at[name], inputs=(index,), outputs=(index + 1,)))
    items = folded_rows(trace_rows(Trace(tuple(values), tuple(ops), (len(values) - 1,), batch=4)))
    assert isinstance(items[0], Row)
    outer = items[1]
    assert isinstance(outer, Loop)
    assert (outer.least, outer.most, len(outer.items), len(items)) == (3, 3, 3, 2)
    assert isinstance(outer.items[1], Loop)
    assert outer.items[1].times == "× 4"

"""`diagnose_call` before a call is made: certain of what torch refuses, silent where torch computes."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from batchfirst.contracts.check import accepts
from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.diagnosis.codes import CATALOGUE
from batchfirst.diagnosis.loud import diagnose_call
from batchfirst.model.layout import Layout
from batchfirst.model.observation import CallFact, ErrorFact, ModuleFact, OtherFact, TensorFact
from batchfirst.observe.facts import fact_of, module_fact

SIZES = st.integers(1, 3)
RECURRENT = {"LSTM": nn.LSTM, "GRU": nn.GRU, "RNN": nn.RNN}
CELLS = {"LSTMCell": nn.LSTMCell, "GRUCell": nn.GRUCell, "RNNCell": nn.RNNCell}


def zeros(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.zeros(shape)


@st.composite
def calls(draw: st.DrawFn) -> tuple[nn.Module, tuple[Any, ...]]:
    """A recurrent module, and an input and a state that are right more often than not, or nearly."""
    kind = draw(st.sampled_from([*RECURRENT, *CELLS]))
    inputs, hidden = draw(SIZES), draw(st.integers(2, 3))
    if kind in CELLS:
        module: nn.Module = CELLS[kind](inputs, hidden)
        right = [(draw(SIZES), inputs), (inputs,)]
        rows: tuple[int, ...] = ()
    else:
        options: dict[str, Any] = {
            "num_layers": draw(st.integers(1, 2)), "batch_first": draw(st.booleans()),
            "bidirectional": draw(st.booleans()),
        }  # fmt: skip
        if kind == "LSTM" and draw(st.booleans()):
            options["proj_size"] = 1
        module = RECURRENT[kind](inputs, hidden, **options)
        right = [(draw(SIZES), draw(SIZES), inputs), (draw(SIZES), inputs)]
        rows = (options["num_layers"] * (1 + options["bidirectional"]),)
    shape = draw(st.one_of(st.sampled_from(right), st.lists(SIZES, max_size=4).map(tuple)))
    batch = shape[:1] if kind in CELLS else shape[0 if getattr(module, "batch_first", False) else 1 :][:1]
    out = getattr(module, "proj_size", 0) or hidden
    wanted = (*rows, *(batch if len(shape) == len(right[0]) else ()), out)
    spoil = st.lists(SIZES, max_size=4).map(tuple)
    h = draw(st.one_of(st.just(wanted), st.permutations(wanted).map(tuple), spoil))
    c = draw(st.one_of(st.just((*wanted[:-1], hidden)), spoil))
    forms: list[tuple[Any, ...]] = [(), (zeros(h),), ((zeros(h), zeros(c)),), ((zeros(h),),)]
    return module, (zeros(shape), *draw(st.sampled_from(forms)))


def ends_the_process(module: nn.Module, args: tuple[Any, ...]) -> bool:
    """Whether torch has no check of its own for what is wrong with this call, and may write beyond its memory."""
    x, *rest = args
    hx = rest[0] if rest else None
    h, c, parts = hx, None, None
    if isinstance(hx, tuple):
        h, c, parts = (*hx, None) if len(hx) == 2 else (None, None, len(hx))
    found = accepts(
        RecurrentSettings.from_module(module), x.shape, None if h is None else h.shape, None if c is None else c.shape,
        state_parts=parts,
    )  # fmt: skip
    return any(violation.outcome == "unchecked" for violation in found)


def refusal(module: nn.Module, args: tuple[Any, ...]) -> Exception | None:
    """The error that torch raises for this call; None where it computes something."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # projections run without oneDNN
        try:
            module(*args)
        except Exception as error:
            return error
    return None


@settings(max_examples=300)
@given(calls())
def test_it_reports_what_torch_refuses_and_nothing_else(call: tuple[nn.Module, tuple[Any, ...]]) -> None:
    module, args = call
    names = dict(zip(("input", "hx"), args, strict=False))
    fact = CallFact(module_fact(module), {name: fact_of(value) for name, value in names.items()})
    assume(not ends_the_process(module, args))
    before = diagnose_call(fact)
    error = refusal(module, args)
    if error is None:
        assert not before, (module, fact.args, before)
        return
    after = diagnose_call(CallFact(fact.module, fact.args, None, ErrorFact(type(error).__name__, str(error))))
    assert after, (module, names, error)
    assert all(found.code in CATALOGUE for found in after)
    assert all(found.evidence and found.summary for found in after)


@pytest.mark.parametrize(
    ("kind", "options", "shape", "layout", "code"),
    [
        ("LSTM", {"batch_first": False}, (5, 7, 3), "batch seq features", "BF101"),
        ("GRU", {"batch_first": True}, (7, 5, 3), "seq batch features", "BF101"),
        ("GRU", {"batch_first": True}, (5, 7, 3), "batch seq features", ""),
        ("GRU", {"batch_first": True}, (5, 3, 3), "batch features seq", "BF106"),
        ("RNN", {"batch_first": True}, (5, 3), "batch features", "BF102"),
        ("RNN", {"batch_first": True}, (5, 3), "batch seq", "BF102"),
        ("RNN", {"batch_first": True}, (5, 3), "seq features", ""),
        ("LSTM", {"batch_first": True}, (1, 5, 3), "1 batch features", "BF103"),
    ],
)
def test_a_declared_layout_shows_what_torch_accepts(
    kind: str, options: dict[str, Any], shape: tuple[int, ...], layout: str, code: str
) -> None:
    module = RECURRENT[kind](3, 4, **options)
    module(zeros(shape))
    call = CallFact(module_fact(module), {"input": fact_of(zeros(shape))})
    assert diagnose_call(call) == ()
    found = diagnose_call(call, Layout.parse(layout))
    assert [f.code for f in found] == ([code] if code else [])


def test_coinciding_sizes_of_a_state_are_a_note() -> None:
    gru = nn.GRU(3, 4, num_layers=2, batch_first=True)
    args = {"input": fact_of(zeros((2, 7, 3))), "hx": fact_of(zeros((2, 2, 4)))}
    (found,) = diagnose_call(CallFact(module_fact(gru), args), Layout.parse("batch seq features"))
    assert (found.code, found.severity) == ("BF002", "note")


def test_a_broadcasting_loss_is_reported_with_a_declared_layout_only() -> None:
    args = {"input": TensorFact((8, 1), "float32"), "target": TensorFact((8,), "float32")}
    call = CallFact(ModuleFact("MSELoss"), args)
    assert diagnose_call(call) == ()
    (found,) = diagnose_call(call, Layout.parse("batch features"))
    assert found.code == "BF601"
    assert any("(8, 8)" in item.text for item in found.evidence)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (CallFact(ModuleFact("Linear", "", {"in_features": 8}), {"input": TensorFact((4, 3), "float32")}), "BF105"),
        (CallFact(ModuleFact("Linear", "", {"in_features": 3}), {"input": TensorFact((4, 3), "float32")}), ""),
        (CallFact(ModuleFact("Conv1d", "", {"in_channels": 3}), {"input": TensorFact((4, 9, 3), "float32")}), "BF405"),
        (CallFact(ModuleFact("Conv1d", "", {"in_channels": 3}), {"input": TensorFact((4, 3, 9), "float32")}), ""),
        (CallFact(ModuleFact("RMSNorm", "", {"normalized_shape": 3}), {"input": TensorFact((3, 9), "int8")}), "BF407"),
        (CallFact(ModuleFact("RMSNorm", "", {"normalized_shape": 3}), {"input": TensorFact((4, 9), "int8")}), "BF105"),
        (CallFact(ModuleFact("Embedding"), {"input": TensorFact((4, 9), "float32")}), "BF107"),
        (CallFact(ModuleFact("Embedding"), {"input": TensorFact((4, 9), "int64")}), ""),
        (CallFact(ModuleFact("GRU", "", {"input_size": 3}), {"input": TensorFact((4, 9, 3), "float32")}), ""),
        (CallFact(ModuleFact("GRU", "", {"input_size": 3, "hidden_size": 4}), {"input": OtherFact("str", "")}), ""),
        (CallFact(ModuleFact("Anything"), {"input": TensorFact((4, 9), "float32")}), ""),
    ],
)
def test_neighbours(call: CallFact, code: str) -> None:
    assert [f.code for f in diagnose_call(call)] == ([code] if code else [])

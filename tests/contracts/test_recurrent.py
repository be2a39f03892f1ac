"""The contract of recurrent modules against torch, over all settings: predicted shapes, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from batchfirst.contracts.check import accepts, form_of
from batchfirst.contracts.recurrent import (
    KINDS,
    MOVED_BY_BATCH_FIRST,
    Form,
    RecurrentSettings,
    expected,
    kind_of,
    source,
)
from batchfirst.contracts.violation import Shape, Violation, names, sizes
from batchfirst.model.errors import UsageError

# torch says on CPU that it computes projections without oneDNN.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported:UserWarning")
small = st.integers(1, 4)


@st.composite
def any_settings(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS) -> RecurrentSettings:
    kind = draw(st.sampled_from(kinds))
    hidden = draw(small)
    given: dict[str, Any] = {"input_size": draw(small), "hidden_size": hidden, "bias": draw(st.booleans())}
    if not kind.endswith("Cell"):
        given["num_layers"] = draw(st.integers(1, 3))
        given["batch_first"] = draw(st.booleans())
        given["bidirectional"] = draw(st.booleans())
        given["dropout"] = draw(st.sampled_from((0.0, 0.5))) if given["num_layers"] > 1 else 0.0
    if kind == "LSTM":
        given["proj_size"] = draw(st.integers(0, hidden - 1))
    return RecurrentSettings.from_mapping(kind, given)


def build(wanted: RecurrentSettings, relu: bool = False) -> nn.Module:
    given: dict[str, Any] = {"bias": wanted.bias}
    if not wanted.is_cell:
        for name in ("num_layers", "batch_first", "dropout", "bidirectional"):
            given[name] = getattr(wanted, name)
    if wanted.kind == "LSTM":
        given["proj_size"] = wanted.proj_size
    if wanted.kind.startswith("RNN"):
        given["nonlinearity"] = "relu" if relu else "tanh"
    return getattr(nn, wanted.kind)(wanted.input_size, wanted.hidden_size, **given)


def forms(wanted: RecurrentSettings) -> tuple[Form, ...]:
    return ("batched", "unbatched") if wanted.is_cell else ("batched", "unbatched", "packed")


def pack(features: int, lengths: list[int], permuted: bool) -> PackedSequence:
    lengths = lengths if permuted else sorted(lengths, reverse=True)
    data = torch.randn(max(lengths), len(lengths), features)
    return pack_padded_sequence(data, torch.tensor(lengths), enforce_sorted=not permuted)


def shape_of(value: Any) -> Any:
    return tuple((value.data if isinstance(value, PackedSequence) else value).shape)


def results(wanted: RecurrentSettings, returned: Any) -> dict[str, Shape]:
    if wanted.kind == "LSTMCell":
        return {"h_1": shape_of(returned[0]), "c_1": shape_of(returned[1])}
    if wanted.is_cell:
        return {"h_1": shape_of(returned)}
    output, state = returned
    if wanted.kind == "LSTM":
        return {"output": shape_of(output), "h_n": shape_of(state[0]), "c_n": shape_of(state[1])}
    return {"output": shape_of(output), "h_n": shape_of(state)}


@settings(max_examples=300)
@given(any_settings(), st.data(), st.booleans(), st.booleans())
def test_predicted_shapes_are_what_torch_returns(
    wanted: RecurrentSettings, data: st.DataObject, relu: bool, with_state: bool
) -> None:
    form = data.draw(st.sampled_from(forms(wanted)))
    batch, seq = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    total = None
    if form == "packed":
        lengths = data.draw(st.lists(st.integers(1, 4), min_size=batch, max_size=batch))
        permuted = data.draw(st.booleans())
        total = sum(lengths)
        given: Any = pack(wanted.input_size, lengths, permuted)
    shapes = {name: sizes(shape) for name, shape in expected(wanted, batch, seq, form, total).items()}
    if form != "packed":
        given = torch.randn(shapes["input"])
    assert shape_of(given) == shapes["input"]
    h_0, c_0 = torch.randn(shapes["h_0"]), torch.randn(shapes.get("c_0", ()))
    state = None if not with_state else (h_0, c_0) if wanted.has_cell_state else h_0
    returned = build(wanted, relu)(given, state)
    assert results(wanted, returned) == {name: shapes[name] for name in results(wanted, returned)}
    packed_batch = batch if form == "packed" else None
    told = accepts(wanted, shapes["input"], shapes["h_0"], shapes.get("c_0"), packed_batch=packed_batch)
    assert told == ()


def nearly(data: st.DataObject, shape: Shape, most: int) -> Shape:
    """The shape, with one axis changed, exchanged, dropped or added; or as it is."""
    how = data.draw(st.sampled_from(("as it is", "resize", "exchange", "drop", "add", "anything")))
    place = data.draw(st.integers(0, len(shape) - 1)) if shape else 0
    if how == "resize" and shape:
        return (*shape[:place], data.draw(st.integers(0, 5)), *shape[place + 1 :])
    if how == "exchange" and shape:
        return (*shape[place:], *shape[:place])
    if how == "drop":
        return (*shape[:place], *shape[place + 1 :])
    if how == "add":
        return (*shape[:place], data.draw(st.integers(1, 3)), *shape[place:])
    if how == "anything":
        return tuple(data.draw(st.lists(st.integers(0, 4), max_size=most)))
    return shape


def outcome(violations: tuple[Violation, ...]) -> str:
    """What the contract says that torch does with the whole call: the hardest of its violations."""
    found = {violation.outcome for violation in violations}
    if "refused" in found:
        return "refused"
    return "unchecked" if "unchecked" in found else "accepted"


@settings(max_examples=900)
@given(any_settings(), st.data())
def test_refused_is_what_torch_refuses(wanted: RecurrentSettings, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(forms(wanted)))
    batch, seq = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 4))
    packed_batch, permuted, total = None, False, None
    if form == "packed":
        batch = max(batch, 1)
        lengths = data.draw(st.lists(st.integers(1, 4), min_size=batch, max_size=batch))
        permuted, packed_batch, total = data.draw(st.booleans()), batch, sum(lengths)
        features = data.draw(st.sampled_from((wanted.input_size, wanted.input_size, 3)))
        given: Any = pack(features, lengths, permuted)
    shapes = {name: sizes(shape) for name, shape in expected(wanted, batch, seq, form, total).items()}
    if form != "packed":
        given = torch.randn(nearly(data, shapes["input"], 4))
    h_0 = torch.randn(nearly(data, shapes["h_0"], 4))
    c_0 = torch.randn(nearly(data, shapes.get("c_0", shapes["h_0"]), 4))
    states: dict[str, Any] = {"none": None, "tensor": h_0, "1": (h_0,), "2": (h_0, c_0), "3": (h_0, c_0, c_0)}
    right = "2" if wanted.has_cell_state else "tensor"
    which = data.draw(st.sampled_from(("none", right, right, right, *states)))
    told = accepts(
        wanted,
        shape_of(given),
        None if which == "none" else shape_of(h_0),
        shape_of(c_0) if which in "23" else None,
        packed_batch=packed_batch,
        permuted=permuted,
        state_parts=int(which) if which in "123" else None,
    )
    verdict = outcome(told)
    if verdict == "unchecked":  # may end the process: tests/contracts/test_silent.py runs one in a process of its own
        return
    try:
        build(wanted)(given, states[which])
        seen = "accepted"
    except (RuntimeError, ValueError, TypeError, IndexError, AttributeError) as error:
        seen = f"refused ({error})"
    assert seen.startswith(verdict), f"{wanted} {shape_of(given)} {which} {shape_of(h_0)} {shape_of(c_0)}: {told}"


@given(any_settings(), small, small)
def test_batch_first_moves_input_and_output_only(wanted: RecurrentSettings, batch: int, seq: int) -> None:
    if wanted.is_cell:
        return
    twins = []
    for batch_first in (False, True):
        given = {name: getattr(wanted, name) for name in wanted.__slots__} | {"batch_first": batch_first}
        twins.append(expected(RecurrentSettings(**given), batch, seq))
    moved = tuple(name for name in twins[0] if twins[0][name] != twins[1][name])
    assert moved == MOVED_BY_BATCH_FIRST
    assert all(twins[1][name][:2] == twins[0][name][1::-1] for name in moved)


@given(any_settings())
def test_settings_are_read_from_a_module(wanted: RecurrentSettings) -> None:
    module = build(wanted)
    assert RecurrentSettings.from_module(module) == wanted
    again = eval(f"nn.{wanted}")
    assert RecurrentSettings.from_module(again) == wanted


def test_axes_and_sizes_of_the_article() -> None:
    lstm = RecurrentSettings("LSTM", 1, 64, num_layers=5, batch_first=True)
    shapes = expected(lstm, batch=5, seq=30)
    assert {name: sizes(shape) for name, shape in shapes.items()} == {
        "input": (5, 30, 1), "h_0": (5, 5, 64), "c_0": (5, 5, 64),
        "output": (5, 30, 64), "h_n": (5, 5, 64), "c_n": (5, 5, 64),
    }  # fmt: skip
    assert names(shapes["output"]) == ("batch", "seq", "directions*hidden")
    assert (lstm.batch_axis(), lstm.time_axis(), lstm.time_axis(batched=False)) == (0, 1, 0)
    assert str(lstm) == "LSTM(1, 64, num_layers=5, batch_first=True)"
    assert source("LSTM").endswith("torch.nn.LSTM.html")


def test_a_subclass_is_its_parent_and_a_namesake_is_not() -> None:
    class Encoder(nn.GRU):
        pass

    class LSTM(nn.Module):
        input_size, hidden_size = 1, 2

    assert kind_of(Encoder(1, 2)) == "GRU"
    assert kind_of(LSTM()) is None
    with pytest.raises(UsageError, match="module='LSTM' is not valid; accepted: a module of kind LSTM, GRU"):
        RecurrentSettings.from_module(LSTM())


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        ("LSTM", {"input_size": 0, "hidden_size": 2}, "input_size=0 is not valid; accepted: a whole number, 1 or more"),
        ("LSTM", {"input_size": 1}, "hidden_size=None is not valid; accepted: a positive whole number; it has no"),
        ("LSTM", {"input_size": 1, "hidden_size": 2, "proj_size": 2}, "proj_size=2 is not valid; accepted: less than"),
        ("GRU", {"input_size": 1, "hidden_size": 2, "proj_size": 1}, "only LSTM projects its output, not GRU"),
        ("GRU", {"input_size": 1, "hidden_size": 2, "batch_first": 1}, "batch_first=1 is not valid"),
        ("GRU", {"input_size": 1, "hidden_size": 2, "dropout": 2}, "a probability from 0 to 1"),
        ("GRUCell", {"input_size": 1, "hidden_size": 2, "num_layers": 2}, "a cell takes input_size, hidden_size"),
        ("Lstn", {"input_size": 1, "hidden_size": 2}, "kind='Lstn' is not valid; accepted: LSTM, GRU, RNN"),
    ],
)
def test_bad_settings(kind: str, given: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        RecurrentSettings.from_mapping(kind, given)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("shape", "h", "c", "told"),
    [
        ((3,), None, None,
         ["input: expected 3 axes (batch, seq, features), or 2 (seq, features) unbatched, given 1: (3,)"]),
        ((5, 30, 2), None, None, ["input, axis 2 (features): expected 1 (input_size), given 2"]),
        ((5, 0, 1), None, None, ["input, axis 1 (seq): expected at least 1 step, given 0"]),
        ((5, 30, 1), (2, 5, 64), None, ["hx: expected a tuple (h_0, c_0), given one tensor"]),
        ((5, 30, 1), (2, 5, 32), (2, 4, 64), ["h_0, axis 2 (hidden): expected 64, given 32",
                                              "c_0, axis 1 (batch): expected 5, given 4"]),
        ((5, 30, 1), (2, 64), (2, 5, 64),
         ["h_0: expected 3 axes (layers*directions 2, batch 5, hidden 64), given 2: (2, 64)"]),
        ((30, 1), (2, 1, 64), (2, 64), ["h_0: expected 2 axes (layers*directions 2, hidden 64), given 3: (2, 1, 64)"]),
    ],
)  # fmt: skip
def test_a_violation_speaks_by_axis_name(shape: Shape, h: Shape | None, c: Shape | None, told: list[str]) -> None:
    lstm = RecurrentSettings("LSTM", 1, 64, num_layers=2, batch_first=True)
    assert [str(violation) for violation in accepts(lstm, shape, h, c)] == told


def test_other_refusals() -> None:
    gru = RecurrentSettings("GRU", 1, 4)
    assert [str(one) for one in accepts(gru, (5, 3, 1), (1, 3, 4), (1, 3, 4))] == [
        "hx: expected one tensor h_0, given a tuple of 2"
    ]
    cell = RecurrentSettings("GRUCell", 1, 4)
    assert (
        str(accepts(cell, (5, 1), packed_batch=3)[0]) == "input: expected a tensor of one step, given a PackedSequence"
    )
    with pytest.raises(UsageError, match="form='packed'"):
        expected(cell, 1, 1, "packed")
    assert [form_of(gru, (2,) * rank) for rank in range(5)] == [None, None, "unbatched", "batched", None]
    assert [form_of(cell, (2,) * rank) for rank in range(4)] == [None, "unbatched", "batched", None]
    assert form_of(gru, (2, 2), packed=True) == "packed"

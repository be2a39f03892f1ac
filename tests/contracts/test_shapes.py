"""`bf.shapes` and the arguments' texts: what they say, that it fits 80 columns, and that it is true."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import batchfirst as bf
from batchfirst.contracts.arguments import arguments, arguments_text
from batchfirst.contracts.recurrent import KINDS, RecurrentSettings
from batchfirst.model.errors import UsageError

ARTICLE = """\
LSTM(1, 64, num_layers=5, batch_first=True), batch 5, seq 30

  input   (5, 30, 1)   batch, seq, features
          batch_first=True: samples, then steps

  h_0     (5, 5, 64)   layers*directions, batch, hidden
          the state before the first step, layers × directions = 5 × 1 first;
          batch_first does not move it; zeros if left out

  c_0     (5, 5, 64)   layers*directions, batch, hidden
          the cell state that goes with h_0

  output  (5, 30, 64)  batch, seq, directions*hidden
          the last layer's h at every step

  h_n     (5, 5, 64)   layers*directions, batch, hidden
          every layer's h after its last step; bf.final_hidden(h_n, lstm) reads
          the last layer's

  c_n     (5, 5, 64)   layers*directions, batch, hidden
          the cell state that goes with h_n"""


def test_the_article() -> None:
    table = bf.shapes(nn.LSTM(1, 64, num_layers=5, batch_first=True), batch=5, seq=30)
    assert str(table) == repr(table) == ARTICLE
    assert table["output"] == (5, 30, 64)
    assert table.axes("h_n") == ("layers*directions", "batch", "hidden")
    settings = RecurrentSettings("LSTM", 1, 64, num_layers=5, batch_first=True)
    named = {"input_size": 1, "hidden_size": 64, "num_layers": 5, "batch_first": True}
    assert table == bf.shapes(settings, batch=5, seq=30) == bf.shapes("LSTM", batch=5, seq=30, **named)


def test_other_forms() -> None:
    gru = nn.GRU(3, 4, num_layers=2, bidirectional=True)
    assert dict(bf.shapes(gru, seq=7)) == {"input": (7, 3), "h_0": (4, 4), "output": (7, 8), "h_n": (4, 4)}
    packed = bf.shapes(gru, lengths=[5, 3, 2])
    assert dict(packed) == {"input": (10, 3), "h_0": (4, 3, 4), "output": (10, 8), "h_n": (4, 3, 4)}
    assert str(packed).startswith("GRU(3, 4, num_layers=2, bidirectional=True), packed, batch 3, lengths [5, 3, 2]\n")
    cell = bf.shapes(nn.LSTMCell(3, 4), batch=2)
    assert dict(cell) == {"input": (2, 3), "h_0": (2, 4), "c_0": (2, 4), "h_1": (2, 4), "c_1": (2, 4)}
    assert dict(bf.shapes("RNNCell", input_size=3, hidden_size=4)) == {"input": (3,), "h_0": (4,), "h_1": (4,)}
    projected = bf.shapes("LSTM", input_size=3, hidden_size=4, proj_size=2, batch=2, seq=5)
    assert (projected["h_n"], projected["c_n"], projected["output"]) == ((1, 2, 2), (1, 2, 4), (5, 2, 2))


@given(st.sampled_from(KINDS), st.booleans(), st.booleans(), st.integers(1, 10**6), st.integers(1, 10**6))
def test_tables_fit_80_columns(kind: str, several: bool, batched: bool, batch: int, size: int) -> None:
    given: dict[str, Any] = {"input_size": size, "hidden_size": size + 1}
    if not kind.endswith("Cell") and several:
        given |= {"num_layers": 3, "bidirectional": True, "batch_first": True, "bias": False, "dropout": 0.5}
    if kind == "LSTM" and several:
        given["proj_size"] = size
    table = bf.shapes(kind, batch=batch if batched else None, seq=10**5, **given)
    assert max(map(len, str(table).splitlines())) <= 80
    assert all(table.why(name) for name in table)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: bf.shapes(nn.Linear(1, 2), batch=1, seq=1),
         "module='Linear' is not valid; accepted: a module of kind"),
        (lambda: bf.shapes("LSTM", batch=1, seq=1), "input_size=None is not valid; accepted: a positive whole number"),
        (lambda: bf.shapes(nn.GRU(1, 2), batch=1), "seq=None is not valid; accepted: a number of steps (or lengths"),
        (lambda: bf.shapes(nn.GRU(1, 2), batch=-1, seq=1),
         "batch=-1 is not valid; accepted: a whole number, 0 or more"),
        (lambda: bf.shapes(nn.GRU(1, 2), batch=1, seq=1.0), "seq=1.0 is not valid"),
        (lambda: bf.shapes(nn.GRU(1, 2), lengths=[3, 0]), "lengths=[3, 0] is not valid; accepted: whole numbers, 1 or"),
        (lambda: bf.shapes(nn.GRU(1, 2), lengths=[]), "lengths=[] is not valid"),
        (lambda: bf.shapes(nn.GRU(1, 2), lengths=[3, 1], batch=3), "batch=3 is not valid; accepted: 2, the number of"),
        (lambda: bf.shapes(nn.GRU(1, 2), lengths=[3, 1], seq=2), "seq=2 is not valid; accepted: 3, the longest of"),
        (lambda: bf.shapes(nn.GRUCell(1, 2), lengths=[3, 1]), "form='packed' is not valid; accepted: batched or unb"),
        (lambda: bf.shapes(nn.GRU(1, 2), batch=1, seq=1, num_layers=2),
         "num_layers=2 is not valid; accepted: no settings"),
        (lambda: bf.shapes("GRU", batch=1, seq=1, layers=2),
         "layers=2 is not valid; accepted: batch, seq, lengths, input"),
        (lambda: bf.shapes("grus", batch=1, seq=1), "kind='grus' is not valid; accepted: LSTM, GRU, RNN"),
    ],
)  # fmt: skip
def test_bad_input(call: Any, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        call()
    assert told in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_arguments_are_those_of_torch(kind: str) -> None:
    told = {one.name: one.default for one in arguments(kind)}
    # An RNN's own constructor is (*args, **kwargs): torch states its signature in the docstring's first line.
    doc = (getattr(nn, kind).__doc__ or "").splitlines()[0]
    if doc.startswith("__init__("):
        written = doc.removeprefix("__init__(").split(")")[0].split(",")
        torchs = {name: default or None for name, _, default in (part.partition("=") for part in written)}
    else:
        parameters = list(inspect.signature(getattr(nn, kind)).parameters.values())
        torchs = {one.name: None if one.default is one.empty else repr(one.default) for one in parameters}
    assert told == {name: default for name, default in torchs.items() if name not in ("device", "dtype")}
    assert list(told) == [name for name in torchs if name not in ("device", "dtype")]


@pytest.mark.parametrize("kind", KINDS)
def test_arguments_text(kind: str) -> None:
    text = arguments_text(kind.lower())
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("\n  shapes  ") == len(arguments(kind))
    assert "{" not in text
    assert ("c_0" in text) == kind.startswith("LSTM")
    assert text.endswith(f"source: https://docs.pytorch.org/docs/stable/generated/torch.nn.{kind}.html")
    with pytest.raises(UsageError, match="kind='linear' is not valid; accepted: LSTM, GRU"):
        arguments_text("linear")


def test_nothing_here_imports_torch() -> None:
    code = (
        "import sys, batchfirst as bf; from batchfirst.contracts import arguments, check, neighbours, silent;"
        "bf.shapes('LSTM', input_size=1, hidden_size=2, batch=3, seq=4); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

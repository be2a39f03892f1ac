"""Every silent acceptance shows what it says, and the contracts know those that break a shape rule."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from batchfirst.contracts.check import accepts
from batchfirst.contracts.neighbours import check
from batchfirst.contracts.recurrent import KINDS, RecurrentSettings
from batchfirst.contracts.silent import SILENT, Silent, program
from batchfirst.contracts.violation import Violation
from batchfirst.diagnosis.codes import CATALOGUE

ENTRIES = {entry.name: entry for entry in SILENT}
LSTM1, LSTM2 = RecurrentSettings("LSTM", 8, 4), RecurrentSettings("LSTM", 8, 4, num_layers=2)

# What the contract says of each example that breaks a shape rule.
TOLD: dict[str, tuple[Violation, ...]] = {
    "state-stacked": accepts(LSTM1, (5, 8), (2, 1, 4)),
    "state-of-three": accepts(LSTM1, (5, 8), (1, 4), (1, 4), state_parts=3),
    "packed-lstm-features": accepts(RecurrentSettings("LSTM", 4, 16), (15, 8), packed_batch=3),
    "packed-lstm-rank": accepts(RecurrentSettings("LSTM", 8, 16), (15, 1, 8), packed_batch=3),
    "packed-lstm-state-stacked": accepts(LSTM1, (10, 8), (2, 1, 3, 4), packed_batch=3, permuted=True),
    "packed-lstm-state-hidden": accepts(
        RecurrentSettings("LSTM", 8, 4, proj_size=2), (10, 8), (1, 3, 2), (1, 3, 1), packed_batch=3
    ),
    "packed-lstm-state-rows": accepts(LSTM1, (10, 8), (1, 3, 4), (2, 3, 4), packed_batch=3),
    "packed-lstm-state-batch": accepts(LSTM1, (10, 8), (1, 3, 4), (1, 1, 4), packed_batch=3),
    "packed-lstm-crash": accepts(LSTM2, (10, 8), (2, 3, 4), (1, 3, 4), packed_batch=3),
    "packed-state-batch": accepts(RecurrentSettings("GRU", 8, 4), (10, 8), (1, 7, 4), packed_batch=3, permuted=True),
    "cell-state-rank": accepts(RecurrentSettings("RNNCell", 8, 4), (8,), (4, 4)),
    "norm-unchecked": check(
        "BatchNorm1d", {"num_features": 8, "affine": False, "track_running_stats": False}, {"input": (32, 5, 8)}
    ),
    "packing-drops-samples": check(
        "pack_padded_sequence", {"enforce_sorted": False}, {"input": (5, 3, 8)}, lengths=(5, 4)
    ),
    "packing-beyond-the-end": check("pack_padded_sequence", {}, {"input": (5, 3, 8)}, lengths=(6, 4, 1)),
    "packing-cuts-lengths": check(
        "pack_padded_sequence", {}, {"input": (5, 2, 8), "lengths": (2,)}, {"lengths": "float32"}
    ),
    "loss-crossed": check("MSELoss", {}, {"input": (4, 1), "target": (4,)}),
    "gaussian-loss-crossed": check("GaussianNLLLoss", {}, {"input": (4, 1), "target": (4,), "var": (4, 1)}),
}


@pytest.mark.parametrize("entry", [entry for entry in SILENT if not entry.ends_process], ids=lambda entry: entry.name)
def test_the_example_passes_in_torch(entry: Silent) -> None:
    with torch.random.fork_rng():
        exec(compile(program(entry), entry.name, "exec"), {})


def test_the_example_that_ends_the_process() -> None:
    """In a process of its own: it reads beyond a tensor's memory."""
    for entry in SILENT:
        if entry.ends_process:
            done = subprocess.run([sys.executable, "-c", program(entry)], capture_output=True, text=True)
            assert done.returncode < 0, done
            assert "Error" not in done.stderr


def test_the_contract_refuses_what_the_list_says() -> None:
    assert set(TOLD) == {entry.name for entry in SILENT if entry.refused_by_contract}
    for name, told in TOLD.items():
        assert len(told) == 1, name
        assert told[0].outcome in ("accepted", "unchecked"), name
        assert (told[0].outcome == "unchecked") >= ENTRIES[name].ends_process


SOME = (
    *(RecurrentSettings(kind, 2, 3) for kind in KINDS),
    RecurrentSettings("LSTM", 2, 3, num_layers=2, batch_first=True, proj_size=1),
    RecurrentSettings("GRU", 1, 2, bidirectional=True),
)


@settings(max_examples=400)
@given(st.sampled_from(SOME), st.lists(st.integers(0, 4), max_size=4), st.data())
def test_nothing_else_passes(wanted: RecurrentSettings, shape: list[int], data: st.DataObject) -> None:
    """Every violation that torch may let pass is of a kind that the list shows."""
    shown = {(violation.reason, violation.outcome) for told in TOLD.values() for violation in told}
    state = st.lists(st.integers(0, 4), max_size=4)
    told = accepts(
        wanted,
        shape,
        data.draw(st.none() | state),
        data.draw(st.none() | state),
        packed_batch=data.draw(st.none() | st.integers(1, 4)),
        permuted=data.draw(st.booleans()),
        state_parts=data.draw(st.none() | st.integers(1, 3)),
    )
    passing = {(violation.reason, violation.outcome) for violation in told if violation.outcome != "refused"}
    assert passing <= shown


def test_entries_are_named_once_and_explained_by_a_code() -> None:
    assert len(ENTRIES) == len(SILENT)
    assert {entry.code for entry in SILENT} <= set(CATALOGUE)

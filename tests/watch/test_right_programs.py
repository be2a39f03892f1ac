"""Every right program of tests/cases, watched and with drop-ins: nothing is said, and every result is what it was."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from tests.audit.test_cases import CASES, _load
from tests.watch.test_nothing_changes import leaves
from torch import Tensor, nn

import batchfirst as bf

PATHS = [*sorted(CASES.glob("case_*.py")), *sorted((CASES / "traps").glob("trap_*.py"))]


DROP_INS = {getattr(nn, name): getattr(bf, name) for name in ("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell")}


def with_drop_ins(model: nn.Module) -> int:
    """Put ours in the place of each recurrent module of torch's inside a model; how many there were."""
    count = 0
    for part in list(model.modules()):
        for name, child in part.named_children():
            if type(child) in DROP_INS:
                setattr(part, name, DROP_INS[type(child)].from_torch(child))
                count += 1
    return count


def four_calls(case: ModuleType, made: tuple[Any, Any, Any]) -> list[Tensor]:
    """All results, and what the generator gives next."""
    model, inputs, targets = made
    torch.manual_seed(3)
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    calls = [leaves(case.run(model, given, targets)) for _ in range(4)]
    return [*(tensor for call in calls for tensor in call), torch.rand(2)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in PATHS])
def test_four_calls_in_training_and_in_evaluation(path: Path) -> None:
    case = _load(path)
    layout = case.META["layout"]
    for train in (False, True):
        bare, heard, replaced = case.fixed(), case.fixed(), case.fixed()
        for model, _, _ in (bare, heard, replaced):
            model.train(train)
        expected = four_calls(case, bare)
        with bf.watch(heard[0], layout if isinstance(layout, str) else layout[0], on_mismatch="record") as watched:
            found = [four_calls(case, heard)]
        assert not [finding for finding in watched.findings if finding.severity != "note"]
        if with_drop_ins(replaced[0]):
            found.append(four_calls(case, replaced))
        for results in found:
            assert len(results) == len(expected)
            assert all(map(torch.equal, results, expected))

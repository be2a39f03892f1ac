"""Every right program of tests/cases under a watch: nothing is said, and every call gives what it gives without one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.audit.test_cases import CASES, _load
from torch import Tensor

import batchfirst as bf

PATHS = [*sorted(CASES.glob("case_*.py")), *sorted((CASES / "traps").glob("trap_*.py"))]


def leaves(value: object) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [tensor for part in value for tensor in leaves(part)] if isinstance(value, (tuple, list)) else []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in PATHS])
def test_four_calls_in_training_and_in_evaluation(path: Path) -> None:
    case = _load(path)
    for train in (False, True):
        results = []
        for watching in (False, True):
            model, inputs, targets = case.fixed()
            model.train(train)
            layout = case.META["layout"]
            watched = bf.watch(model, layout if isinstance(layout, str) else layout[0], on_mismatch="record")
            if not watching:
                watched.remove()
            torch.manual_seed(3)
            given = inputs if isinstance(inputs, tuple) else (inputs,)
            calls = [leaves(case.run(model, given, targets)) for _ in range(4)]
            results.append([*(tensor for call in calls for tensor in call), torch.rand(2)])
            watched.remove()
        assert not [found for found in watched.findings if found.severity != "note"]
        assert len(results[0]) == len(results[1])
        assert all(map(torch.equal, *results))

"""Every failing program is explained with the right code and line; the same put right runs."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path

import pytest
import torch

from batchfirst.model.finding import Finding
from batchfirst.session.explain import explain

_spec = importlib.util.spec_from_file_location("explain_harness", Path(__file__).with_name("harness.py"))
assert _spec is not None
assert _spec.loader is not None
harness = importlib.util.module_from_spec(_spec)
sys.modules["explain_harness"] = harness
_spec.loader.exec_module(harness)

ALL = [p for name in harness.NAMES for p in harness.programs(name)]
FAILING = [p for p in ALL if p.code]
RIGHT = [p for p in ALL if not p.code]


def _findings(program: object) -> tuple[Finding, ...]:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program.run()  # type: ignore[attr-defined]
        except Exception as error:
            before = torch.get_rng_state()
            explanation = explain(error)
            assert torch.equal(before, torch.get_rng_state())
            assert str(explanation)
            return tuple(f for f in explanation.findings if f.severity != "note")
    pytest.fail("the program does not fail")


@pytest.mark.parametrize("program", FAILING, ids=lambda p: p.name)
def test_failing_program(program: object) -> None:
    findings = _findings(program)
    assert findings
    first = findings[0]
    assert first.location is not None
    seen = (first.code, Path(first.location.file).name, first.location.line)
    assert seen == (program.code, program.file.name, program.line), str(first)  # type: ignore[attr-defined]
    assert first.location.column is not None
    assert first.evidence
    assert first.fix is not None


@pytest.mark.parametrize("program", RIGHT, ids=lambda p: p.name)
def test_program_put_right_runs(program: object) -> None:
    assert program.name.startswith("right_")  # type: ignore[attr-defined]
    program.run()  # type: ignore[attr-defined]


@pytest.mark.parametrize("program", harness.programs("others"), ids=lambda p: p.name)
def test_other_errors_have_no_finding(program: object) -> None:
    assert _findings(program) == ()

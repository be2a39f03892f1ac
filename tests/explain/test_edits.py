"""The edits that findings propose: they stand where they say, they parse, and programs edited by them run."""

from __future__ import annotations

import importlib.util
import linecache
import sys
import types
import warnings
from pathlib import Path

import pytest
import torch

from batchfirst.model.finding import Edit, Finding
from batchfirst.session.explain import explain

_spec = importlib.util.spec_from_file_location("explain_harness", Path(__file__).with_name("harness.py"))
assert _spec is not None
assert _spec.loader is not None
harness = sys.modules.get("explain_harness") or importlib.util.module_from_spec(_spec)
if "explain_harness" not in sys.modules:
    sys.modules["explain_harness"] = harness
    _spec.loader.exec_module(harness)

FAILING = [p for name in harness.NAMES for p in harness.programs(name) if p.code]
# Programs that need more than the edit: the one feeds its own output back with an axis too many, the other keeps a
# state for one sample.
PARTIAL = {"generator_step_without_seq_axis", "old_style_with_a_batch"}


def finding_of(program: object) -> Finding:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program.run()  # type: ignore[attr-defined]
        except Exception as error:
            return explain(error).findings[0]
    raise AssertionError("the program does not fail")


def edited(path: Path, edits: tuple[Edit, ...]) -> str:
    lines = path.read_text().splitlines(keepends=True)
    for edit in sorted(edits, key=lambda e: (e.location.line, e.location.column or 0), reverse=True):
        place = edit.location
        line = lines[place.line - 1]
        assert line[place.column : place.end_column] == edit.before, (line, edit)
        lines[place.line - 1] = line[: place.column] + edit.after + line[place.end_column :]
    return "".join(lines)


def error_after(program: object, source: str) -> Exception | None:
    name = f"<edited {program.name}>"  # type: ignore[attr-defined]
    module = types.ModuleType(name)
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), module.__dict__)
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(module, program.name)()  # type: ignore[attr-defined]
        except Exception as error:
            return error
    return None


@pytest.mark.parametrize("program", FAILING, ids=lambda p: p.name)
def test_edits_stand_where_they_say_and_heal(program: object) -> None:
    finding = finding_of(program)
    if finding.fix is None or not finding.fix.edits:
        return
    error = error_after(program, edited(program.file, finding.fix.edits))  # type: ignore[attr-defined]
    name = program.name  # type: ignore[attr-defined]
    assert (error is None) == (name not in PARTIAL), f"{finding.fix.edits}: {error!r}"

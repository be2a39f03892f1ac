"""Fixes as edits: each parses where it stands, and the program that it is made in is right afterwards."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import batchfirst as bf
from batchfirst.model.finding import Edit

CASES = sorted((Path(__file__).parent.parent / "cases").glob("case_*.py"))


def _load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _findings(case: ModuleType) -> tuple[bf.Finding, ...]:
    model, inputs, targets = case.make()
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    model.eval()
    layout: Any = case.META.get("layout_given", case.META["layout"])
    layouts = [layout] + [None] * (len(inputs) - 1) if isinstance(layout, str) else layout
    found = bf.audit(lambda *given: case.run(model, given, targets), *inputs, layout=layouts).findings
    return tuple(one for one in found if one.severity != "note")


def _applied(text: str, edit: Edit) -> str:
    lines = text.splitlines()
    line = lines[edit.location.line - 1]
    start, end = edit.location.column, edit.location.end_column
    assert line[start:end] == edit.before
    lines[edit.location.line - 1] = line[:start] + edit.after + line[end:]
    return "\n".join(lines) + "\n"


@pytest.mark.filterwarnings("ignore")
def test_edits_parse_and_most_programs_are_right_afterwards(tmp_path: Path) -> None:
    written, healed = [], []
    for path in CASES:
        case = _load(path, f"edits_{path.stem}")
        if case.META["loud"]:
            continue
        found = _findings(case)
        edits = found[0].fix.edits if found and found[0].fix is not None else ()
        if not edits:
            continue
        written.append(path.stem)
        text = path.read_text()
        for edit in edits:
            text = _applied(text, edit)
        ast.parse(text)
        mended = tmp_path / f"mended_{path.name}"
        mended.write_text(text)
        try:
            left = _findings(_load(mended, f"mended_{path.stem}"))
        except Exception as error:  # a place further down still reads the old layout
            left = (error,)  # type: ignore[assignment]
        if not left:
            healed.append(path.stem)
    print(f"{len(written)} edits, {len(healed)} programs right afterwards; not: {sorted(set(written) - set(healed))}")
    assert len(written) >= 25
    assert len(healed) >= 0.8 * len(written)

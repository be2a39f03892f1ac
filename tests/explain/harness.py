"""Failing programs, loaded from files so that tracebacks find their source."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

PROGRAMS = Path(__file__).parent / "programs"
NAMES = ("states", "inputs", "heads", "losses", "second", "third", "fourth", "masks")
_MARK = re.compile(r"# -> (BF\d\d\d)(?: (\w+))?")


@dataclass(frozen=True)
class Program:
    """One program of `programs/`: what it is called, and what is expected of it."""

    name: str
    run: Callable[[], Any]
    file: Path
    code: str = ""
    line: int = 0


def load(name: str) -> ModuleType:
    path = PROGRAMS / f"{name}.py"
    key = f"explain_programs_{name}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[key] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[key])
    return sys.modules[key]


def programs(name: str) -> list[Program]:
    """Every function of programs/NAME.py, with the mark that belongs to it."""
    module, path = load(name), PROGRAMS / f"{name}.py"
    marks: dict[str, tuple[str, int]] = {}
    functions = [f for _, f in inspect.getmembers(module, inspect.isfunction) if f.__module__ == module.__name__]
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        found = _MARK.search(line)
        if found:
            around = [f for f in functions if f.__code__.co_firstlineno <= number]
            owner = found[2] or max(around, key=lambda f: f.__code__.co_firstlineno).__name__
            assert owner not in marks, owner
            marks[owner] = (found[1], number)
    started = [f for f in functions if not f.__code__.co_argcount]
    return [Program(f.__name__, f, path, *marks.get(f.__name__, ("", 0))) for f in started]

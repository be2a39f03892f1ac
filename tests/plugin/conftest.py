"""A small project of somebody's, and sessions of pytest on it in a process of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

MODELS = """
    import pytest, torch
    from torch import nn
    from torch.nn import functional

    class Model(nn.Module):
        def __init__(self, batch_first=True):
            super().__init__()
            self.lstm = nn.LSTM(3, 4, batch_first=batch_first)
        def forward(self, x, state=None):
            return self.lstm(x, state)[0]

    class Scrambled(nn.Module):
        runs = 0
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(3, 4, num_layers=2, batch_first=True)
            self.noise, self.head = nn.Dropout(0.5), nn.Linear(8, 1)
        def forward(self, x):
            Scrambled.runs += 1
            print("forward")
            return self.head(self.noise(self.lstm(x)[1][0].view(len(x), -1)))

    X, BAD = torch.linspace(-1, 1, 105).reshape(5, 7, 3), torch.zeros(5, 1, 4)
"""
INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n"


class Project:
    """`run` gives the session's result; `tests` is the text of its only test file, after the models."""

    def __init__(self, pytester: pytest.Pytester, tests: str, ini: str = "") -> None:
        self.pytester, self.path = pytester, pytester.path
        pytester.makepyfile(models=MODELS)
        pytester.makepyfile(test_it="import unittest\nfrom models import *\n" + tests)
        pytester.makeini(INI + ini)

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest_subprocess("--strict-markers", "-p", "no:cacheprovider", *arguments)

    def json(self, name: str) -> Any:
        return json.loads((Path(self.path) / name).read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BATCHFIRST", "GITHUB_ACTIONS", "PYTEST_ADDOPTS", "PYTHONBREAKPOINT", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(pytester: pytest.Pytester) -> Any:
    """`project(tests, ini="")` makes the project."""
    return lambda tests, ini="": Project(pytester, "\n".join(line[4:] for line in tests.splitlines()), ini)

"""An IPython shell in this process, with the extension loaded and a model at hand."""

from __future__ import annotations

import atexit
import linecache
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

START = """
import torch
from torch import nn
model = nn.GRU(3, 4, num_layers=2)
x = torch.zeros(5, 7, 3)
"""


class Shell:
    """A shell, and what a cell prints in it."""

    def __init__(self, shell: Any, capture: pytest.CaptureFixture[str]) -> None:
        self.shell, self._capture = shell, capture
        self.result: Any = None

    def __call__(self, cell: str) -> str:
        """What the cell prints; `result` is what IPython makes of it."""
        self._capture.readouterr()
        self.result = self.shell.run_cell(cell, store_history=True)
        done = self._capture.readouterr()
        return done.out + done.err

    @property
    def names(self) -> dict[str, Any]:
        """The user's names."""
        found: dict[str, Any] = self.shell.user_ns
        return found


@pytest.fixture
def bare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell without the extension."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.delenv("BATCHFIRST", raising=False)
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    InteractiveShell.clear_instance()
    checkcache: Callable[..., Any] = linecache.checkcache
    shell = InteractiveShell.instance(config=settings)
    shell.run_cell(START)
    yield Shell(shell, capsys)
    shell.run_cell("%unload_ext batchfirst")
    atexit.unregister(shell.atexit_operations)
    shell.atexit_operations()
    InteractiveShell.clear_instance()
    linecache.checkcache = checkcache


@pytest.fixture
def run(bare: Shell) -> Shell:
    """A shell with the extension."""
    assert bare("%load_ext batchfirst") == ""
    return bare

"""A model of an installed package, handed to the audit as it is: the place that is shown lies in the package."""

from __future__ import annotations

import linecache
import sysconfig
from pathlib import Path
from typing import Any

import torch

import batchfirst as bf

SOURCE = """
from torch import nn

class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 4)

    def forward(self, x):
        return self.rnn(x)[0]
"""


def _installed() -> tuple[str, Any]:
    file = str(Path(sysconfig.get_paths()["purelib"]) / "somebodys" / "encoder.py")
    linecache.cache[file] = (len(SOURCE), None, SOURCE.splitlines(keepends=True), file)
    names: dict[str, Any] = {"__name__": "somebodys.encoder"}
    exec(compile(SOURCE, file, "exec"), names)
    return file, names["Encoder"]()


def test_the_location_is_the_packages_own_line() -> None:
    file, model = _installed()
    found = bf.audit(model, torch.randn(5, 8, 3), layout="batch seq features").findings[0]
    assert found.code == "BF101"
    assert found.location is not None
    assert (found.location.file, found.location.line) == (file, 10)


def test_a_users_own_line_is_nearer_to_them_than_the_packages() -> None:
    _, model = _installed()
    found = bf.audit(lambda x: model(x), torch.randn(5, 8, 3), layout="batch seq features").findings[0]
    assert found.location is not None
    assert found.location.file == __file__

"""The fixture `batchfirst`, as the installed plugin gives it to this very test run."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import batchfirst as bf

LAYOUT = "batch seq features"
X = torch.linspace(-1, 1, 5 * 7 * 3).reshape(5, 7, 3)


def test_assert_layout(batchfirst: Any) -> None:
    assert batchfirst.assert_layout(X, LAYOUT, batch=5) == {"batch": 5, "seq": 7, "features": 3}
    with pytest.raises(bf.LayoutError, match="expected 7") as caught:
        batchfirst.assert_layout(X, LAYOUT, batch=7)
    assert caught.value.finding.code == "BF001"
    assert caught.value.finding.location.file == __file__


def test_assert_batch_independent(batchfirst: Any) -> None:
    batchfirst.assert_batch_independent(nn.LSTM(3, 4, batch_first=True), X, layout=LAYOUT)
    with pytest.raises(bf.LayoutError) as caught:
        batchfirst.assert_batch_independent(nn.LSTM(3, 4), X, layout=LAYOUT)
    assert caught.value.finding.code == "BF101"


def test_assert_causal(batchfirst: Any) -> None:
    batchfirst.assert_causal(nn.GRU(3, 4, batch_first=True), X, layout=LAYOUT)
    with pytest.raises(bf.LayoutError) as caught:
        batchfirst.assert_causal(nn.GRU(3, 4, batch_first=True, bidirectional=True), X, layout=LAYOUT)
    assert caught.value.finding.code == "BF403"


def test_watch_and_audit_are_those_of_the_package(batchfirst: Any) -> None:
    assert (batchfirst.watch, batchfirst.audit) == (bf.watch, bf.audit)

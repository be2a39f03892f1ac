"""Every test of watching starts from the same seed and without a policy in the environment."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture(autouse=True)
def _seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATCHFIRST", raising=False)
    torch.manual_seed(0)

"""Every test of `@bf.checked` starts without a policy in the environment."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATCHFIRST", raising=False)

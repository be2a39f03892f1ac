"""What the tests of `@bf.checked` check: a model, a function, and a call that breaks an annotation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jaxtyping import Float
from torch import Tensor, nn

import batchfirst as bf


def broken(call: Callable[[], Any]) -> bf.Finding:
    """The finding of a call that breaks an annotation."""
    with pytest.raises(TypeError) as caught:
        call()
    assert isinstance(caught.value, bf.LayoutError), caught.value
    assert caught.value.finding.code == "BF001"
    return caught.value.finding


@bf.checked
class Forecaster(nn.Module):
    """Reads windows, gives the next `horizon` values."""

    def __init__(self, horizon: int = 2, batch_first: bool = True) -> None:
        super().__init__()
        self.horizon = horizon
        self.lstm = nn.LSTM(3, 4, batch_first=batch_first)
        self.head = nn.Linear(4, 2)

    def forward(
        self, x: Float[Tensor, "batch seq features"], scale: float = 1.0
    ) -> Float[Tensor, "batch {self.horizon}"]:
        """Docstring."""
        output, _ = self.lstm(x)
        return self.head(output[:, -1]) * scale  # type: ignore[no-any-return]


@bf.checked
def mean(x: Float[Tensor, "batch seq"], weights: Float[Tensor, "seq"] | None = None) -> Float[Tensor, "batch"]:
    """A function."""
    return x.mean(1) if weights is None else x @ weights

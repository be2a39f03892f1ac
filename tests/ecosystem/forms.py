"""One small model in each form that batchfirst checks it in, and the bare one beside it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

import batchfirst as bf

FORMS = ("wrapped", "decorated", "declared", "watched")
SHAPE = (5, 6, 8)  # batch, seq, features


class Bare(nn.Module):
    """(batch, seq, 8) to (batch, 1). kind: makes the recurrent module."""

    def __init__(self, kind: Callable[..., nn.Module] = nn.LSTM, batch_first: bool = True) -> None:
        super().__init__()
        self.lstm = kind(8, 16, num_layers=2, batch_first=batch_first)
        self.head = nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x)
        return self.head(output[:, -1])


class Decorated(Bare):
    @bf.checked
    def forward(self, x: Float[Tensor, "batch seq 8"]) -> Float[Tensor, "batch 1"]:
        output, _ = self.lstm(x)
        return self.head(output[:, -1])


class Declared(Bare):
    @bf.checked("batch seq features -> batch 1")
    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x)
        return self.head(output[:, -1])


def bare(**settings: bool) -> Bare:
    """The model without batchfirst: the same weights every time."""
    torch.manual_seed(0)
    return Bare(**settings)


@contextlib.contextmanager
def checked_in(form: str, policy: str = "raise", batch_first: bool = True) -> Iterator[nn.Module]:
    """The same model with the same weights, checked in this form while the context lasts."""
    torch.manual_seed(0)
    if form == "wrapped":
        model: nn.Module = Bare(functools.partial(bf.LSTM, layout="batch seq features"), batch_first)
        yield model
    elif form == "decorated":
        yield Decorated(batch_first=batch_first)
    elif form == "declared":
        yield Declared(batch_first=batch_first)
    else:
        model = Bare(batch_first=batch_first)
        with bf.watch(model, layout="batch seq features", on_mismatch=policy):
            yield model


def data(*shape: int, seed: int = 1) -> Tensor:
    """float32, (batch, seq, features)."""
    return torch.randn(*(shape or SHAPE), generator=torch.Generator().manual_seed(seed))

"""The two configurations: what measurement favours, and the article's."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from batchfirst.forecaster.model import ArticleForecaster, Forecaster


@dataclass(frozen=True, slots=True)
class Preset:
    """Everything that a training run is defined by, next to the data and the seed.

    window: past values per sample; seasonal: whether sine and cosine of the season are features;
    predicts_change: head on the change from the last value; clip: largest norm of the gradient; patience: epochs
    without a better validation loss before training stops; square_root: of the values, before they are scaled.
    """

    name: str
    window: int
    hidden: int
    layers: int
    seasonal: bool
    predicts_change: bool
    batch_size: int
    learning_rate: float
    clip: float
    epochs: int
    patience: int
    square_root: bool = False

    def build(self, inputs: int, seed: int) -> nn.Module:
        """The model for `inputs` features per step, its weights drawn from `seed`; the global generator is left as is.

        Takes (batch, seq, inputs), returns (batch, 1).
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if self.name == "article":
                return ArticleForecaster(inputs, self.hidden, self.layers)
            return Forecaster(inputs, self.hidden, self.layers, self.predicts_change)

    def as_dict(self) -> dict[str, Any]:
        """The fields, for JSON; `Preset(**fields)` reads them back."""
        return asdict(self)


REFERENCE = Preset(
    name="reference", window=30, hidden=32, layers=1, seasonal=True, predicts_change=True,
    batch_size=64, learning_rate=3e-3, clip=1.0, epochs=200, patience=20,
)  # fmt: skip

ARTICLE = Preset(
    name="article", window=30, hidden=64, layers=5, seasonal=False, predicts_change=False,
    batch_size=5, learning_rate=3e-3, clip=1.0, epochs=60, patience=10,
)  # fmt: skip

PRESETS = {preset.name: preset for preset in (REFERENCE, ARTICLE)}

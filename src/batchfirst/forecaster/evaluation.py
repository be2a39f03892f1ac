"""Walk-forward evaluation: from every origin in the test part, forecast 1 and 12 steps ahead, and measure the error.

The model is not retrained as the origin moves; it sees each value once that lies in the past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from batchfirst.forecaster.baselines import Autoregression, Method, persistence, seasonal_naive
from batchfirst.forecaster.data import Scaler, Series, features, season, split_series
from batchfirst.forecaster.presets import Preset

HORIZONS = (1, 12)
FOLDS = (0.6, 0.8, 1.0)
"""Each fold is this first part of the series, split 70/10/20 in itself: the three test parts do not overlap."""


@dataclass(frozen=True, slots=True)
class Errors:
    """rmse, mae: in units, over all origins and steps up to the horizon; mase: mae over that of the seasonal naive
    (of persistence, where no season is assumed) on the training part, one step ahead."""

    rmse: float
    mae: float
    mase: float


@dataclass(frozen=True, slots=True)
class LSTMMethod:
    """A trained model as a Method. The model takes (batch, seq, features) and gives (batch, 1), on model scale."""

    model: nn.Module
    preset: Preset
    scaler: Scaler

    @torch.no_grad()
    def __call__(
        self, series: Series, origins: Int[Tensor, " origin"], horizon: int
    ) -> Float[Tensor, "origin horizon"]:
        """Several steps ahead by feeding each forecast back, with the season that belongs to it."""
        self.model.eval()
        steps = features(series, self.scaler, self.preset.seasonal)  # time features
        x = steps[origins[:, None] - torch.arange(self.preset.window, 0, -1)]  # origin seq features
        phases = season(series, len(series) + horizon).float()  # time 2
        forecasts = []
        for ahead in range(horizon):
            value = self.model(x)  # origin 1
            forecasts.append(value)
            row = torch.cat([value, phases[origins + ahead]], dim=1)[:, : steps.shape[1]]  # origin features
            x = torch.cat([x[:, 1:], row[:, None]], dim=1)  # origin seq features, one step on
        return self.scaler.to_units(torch.cat(forecasts, dim=1).double())


def evaluate(method: Method, series: Series, horizon: int, preset: Preset) -> Errors:
    """The errors of `method` over the test part: every origin from which `horizon` values are known."""
    split = split_series(series, preset.window)
    horizon = min(horizon, split.end - split.validation)
    origins = torch.arange(split.validation, split.end - horizon + 1)
    truth = series.values.unfold(0, horizon, 1)[origins]  # origin horizon
    error = method(series, origins, horizon) - truth
    training = series.values[: split.train]
    scale = (training[series.period :] - training[: -series.period]).abs().mean()
    mae = error.abs().mean()
    return Errors(error.square().mean().sqrt().item(), mae.item(), (mae / scale).item())


def baselines(series: Series, preset: Preset) -> Mapping[str, Method]:
    """The methods to stand beside the model, by name; without a season there is no seasonal naive."""
    split = split_series(series, preset.window)
    scaler = Scaler.fit(series.values[: split.train], preset.square_root)
    methods: dict[str, Method] = {"persistence": persistence}
    if series.period > 1:
        methods["seasonal naive"] = seasonal_naive
    methods["autoregression"] = Autoregression.fit(series, split.train, scaler)
    return methods


def folds(series: Series) -> list[Series]:
    """Three chronological folds: ever longer beginnings of the series, with test parts that do not overlap."""
    return [series.first(int(len(series) * share)) for share in FOLDS]

"""What a forecaster has to beat: persistence, the season before, and an autoregression with a level per season."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from batchfirst.forecaster.data import Scaler, Series

Method = Callable[[Series, Int[Tensor, " origin"], int], Float[Tensor, "origin horizon"]]
"""Forecasts, in units, of values[origin … origin + horizon - 1], from values[:origin] alone."""


def persistence(series: Series, origins: Int[Tensor, " origin"], horizon: int) -> Float[Tensor, "origin horizon"]:
    """The last value, again and again."""
    return series.values[origins - 1][:, None].expand(-1, horizon)


def seasonal_naive(series: Series, origins: Int[Tensor, " origin"], horizon: int) -> Float[Tensor, "origin horizon"]:
    """The value of one season before: the last whole season, repeated."""
    lag = series.period - torch.arange(horizon) % series.period  # horizon: 12, 11, … 1, 12, …
    return series.values[origins[:, None] - lag]


@dataclass(frozen=True, slots=True)
class Autoregression:
    """value = level of its season + weighted sum of the last `lags` values, by least squares on the training part.

    coefficients: float64 (lags + period,), on model scale; the lag weights first, the latest value's first of all.
    """

    coefficients: Tensor
    lags: int
    scaler: Scaler

    @classmethod
    def fit(cls, series: Series, train: int, scaler: Scaler, lags: int = 12) -> Autoregression:
        """Fit on values[:train]."""
        lags = min(lags, train // 4)
        origins = torch.arange(lags, train)
        values = scaler.to_model(series.values[:train])
        rows = cls._rows(values.unfold(0, lags, 1)[: train - lags], series.phase + origins, series.period)
        solution = torch.linalg.lstsq(rows, values[lags:, None]).solution
        return cls(solution[:, 0], lags, scaler)

    @staticmethod
    def _rows(past: Float[Tensor, "origin lags"], times: Int[Tensor, " origin"], period: int) -> Tensor:
        return torch.cat([past.flip(1), torch.nn.functional.one_hot(times % period, period).double()], dim=1)

    def __call__(
        self, series: Series, origins: Int[Tensor, " origin"], horizon: int
    ) -> Float[Tensor, "origin horizon"]:
        """Several steps ahead by feeding each forecast back."""
        past = self.scaler.to_model(series.values)[origins[:, None] - torch.arange(self.lags, 0, -1)]  # origin lags
        for step in range(horizon):
            value = (
                self._rows(past[:, -self.lags :], series.phase + origins + step, series.period) @ self.coefficients
            )  # origin
            past = torch.cat([past, value[:, None]], dim=1)
        return self.scaler.to_units(past[:, self.lags :])

"""Windows of past values, the chronological split, scaling that sees the training part only, and the DataLoader."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler, TensorDataset

from batchfirst.forecaster.data.csv_reader import DataError
from batchfirst.forecaster.data.series import Series
from batchfirst.forecaster.processes import ALONE, Processes, Shares


@dataclass(frozen=True, slots=True)
class Split:
    """A chronological split: values[:train] to train, values[train:validation] to stop, values[validation:] to test."""

    train: int
    validation: int
    end: int


def split_series(series: Series, window: int) -> Split:
    """70 % to train, the next 10 % to validate, the last 20 % to test.

    Raises DataError where a part is too short: the training part must hold more than a season, and two windows.

    >>> from batchfirst.forecaster.data.series import load
    >>> split_series(load("nino"), window=30)
    Split(train=512, validation=585, end=732)
    """
    count = len(series)
    split = Split(count * 7 // 10, count * 8 // 10, count)
    least = max(window + 2, series.period + 1)
    if split.train < least or split.validation == split.train:
        shortest = next(n for n in range(10, 2 * least + 10) if n * 7 // 10 >= least)
        raise DataError(
            f"{series.name}: {count} values are too few for windows of {window} and a season of {series.period}: "
            f"{shortest} is the least (70 % to train, 10 % to validate, 20 % to test)"
        )
    return split


@dataclass(frozen=True, slots=True)
class Scaler:
    """Units to model scale and back: an optional square root, then zero mean and unit deviation.

    >>> scaler = Scaler.fit(torch.tensor([4.0, 16.0], dtype=torch.float64), square_root=True)
    >>> scaler.to_model(torch.tensor([9.0])).item(), scaler.to_units(torch.tensor([0.0])).item()
    (0.0, 9.0)
    """

    mean: float
    deviation: float
    square_root: bool = False

    @classmethod
    def fit(cls, training_values: Float[Tensor, " time"], square_root: bool = False) -> Scaler:
        """Fit on the training part, and on nothing else. Raises DataError for values that cannot be scaled."""
        if square_root and training_values.min() < 0:
            raise DataError(
                f"the square-root transform takes no negative values; the least is {training_values.min().item():g}"
            )
        values = training_values.sqrt() if square_root else training_values
        deviation = values.std(unbiased=False).item()
        if not math.isfinite(deviation):
            raise DataError("the values are too large to scale: their deviation overflows")
        if deviation == 0:
            raise DataError(f"all {len(values)} values of the training part are {training_values[0].item():g}; "
                            "there is nothing to learn")  # fmt: skip
        return cls(values.mean().item(), deviation, square_root)

    def to_model(self, values: Tensor) -> Tensor:
        """Any shape, in units, to model scale. A negative value counts as 0 under the square root."""
        return ((values.clamp(min=0).sqrt() if self.square_root else values) - self.mean) / self.deviation

    def to_units(self, values: Tensor) -> Tensor:
        """Any shape, from model scale back to units."""
        values = values * self.deviation + self.mean
        return values.clamp(min=0).square() if self.square_root else values


def season(series: Series, end: int) -> Float[Tensor, "time 2"]:
    """Sine and cosine of the place in the season for the times 0 … end - 1, known for the future too."""
    places = (series.phase + torch.arange(end, dtype=torch.float64)) % series.period
    angles = 2 * math.pi * places / series.period
    return torch.stack([angles.sin(), angles.cos()], dim=1)


def features(series: Series, scaler: Scaler, seasonal: bool) -> Float[Tensor, "time features"]:
    """What the model sees of each step, float32: the scaled value, then sine and cosine of the season if wanted.

    A series without a season (period 1) has the value alone.
    """
    columns = [scaler.to_model(series.values)[:, None]]  # time 1
    if feature_count(series, seasonal) == 3:
        columns.append(season(series, len(series)))
    return torch.cat(columns, dim=1).float()


def feature_count(series: Series, seasonal: bool) -> int:
    """Features per step: 3 with the season, else 1."""
    return 3 if seasonal and series.period > 1 else 1


def windows(
    steps: Float[Tensor, "time features"], first: int, end: int, window: int
) -> tuple[Float[Tensor, "batch seq features"], Float[Tensor, "batch 1"]]:
    """The windows whose targets are the values first … end - 1, in time order, and those targets.

    Window i holds the `window` steps before its target and nothing of the target or later.

    >>> x, y = windows(torch.arange(5.0)[:, None], first=2, end=5, window=2)
    >>> x.squeeze(2).tolist(), y.squeeze(1).tolist()
    ([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]], [2.0, 3.0, 4.0])
    """
    first = max(first, window)
    rows = steps[first - window : end - 1].unfold(0, window, 1)  # batch features seq
    return rows.transpose(1, 2).contiguous(), steps[first:end, :1].clone()


def loader(
    x: Float[Tensor, "batch seq features"],
    y: Float[Tensor, "batch 1"],
    batch_size: int,
    generator: torch.Generator | None,
    drop_last: bool = False,
    processes: Processes = ALONE,
) -> DataLoader[tuple[Tensor, ...]]:
    """Batches of windows and targets, shuffled by `generator`; in time order where it is None.

    batch_size is that of all `processes` together; each of them gets its share of every batch.
    """
    data = TensorDataset(x, y)
    order = SequentialSampler(data) if generator is None else RandomSampler(data, generator=generator)
    batches = Shares(BatchSampler(order, batch_size, drop_last), processes)
    return DataLoader(data, batch_sampler=batches, generator=generator)

"""Windows, split and scaling: no value of the future anywhere."""

from __future__ import annotations

from datetime import datetime

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from batchfirst.forecaster.data import DataError, Scaler, features, load, loader, split_series, windows
from batchfirst.forecaster.data.series import Series
from batchfirst.forecaster.data.steps import TimeStep


def made(count: int, period: int = 1) -> Series:
    """A series whose value is its index, so that a leak can be read off."""
    values = torch.arange(count, dtype=torch.float64)
    return Series("made", "made", "made", "", datetime(1950, 1, 1), TimeStep(1, "month"), values, period)


@given(count=st.integers(10, 400), window=st.integers(1, 40))
def test_parts_follow_each_other_and_no_window_holds_its_target_or_later(count: int, window: int) -> None:
    series = made(count)
    try:
        split = split_series(series, window)
    except DataError:
        assert count * 7 // 10 < window + 2 or count * 7 // 10 == count * 8 // 10
        return
    assert 0 < split.train < split.validation < split.end == count
    steps = series.values[:, None]
    targets = []
    for first, end in ((0, split.train), (split.train, split.validation), (split.validation, split.end)):
        x, y = windows(steps, first, end, window)
        assert x.shape == (len(y), window, 1)
        assert (x.squeeze(2) == y - torch.arange(window, 0, -1)).all()  # the `window` steps right before the target
        assert y.max() < end
        targets += y.squeeze(1).int().tolist()
    assert targets == list(range(window, count))  # every value that can be a target is one, once
    assert windows(steps, 0, split.train, window)[0].max() < split.train


@given(seed=st.integers(0, 10**6), scale=st.floats(0.1, 1e6))
def test_what_comes_after_the_training_part_changes_nothing_in_it(seed: int, scale: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    one, other = made(100), made(100)
    other.values[70:] = torch.randn(30, generator=generator, dtype=torch.float64) * scale
    split = split_series(one, 5)
    scalers = [Scaler.fit(series.values[: split.train]) for series in (one, other)]
    assert scalers[0] == scalers[1]
    first, second = (windows(features(s, scalers[0], True), 0, split.train, 5) for s in (one, other))
    assert first[0].equal(second[0])
    assert first[1].equal(second[1])


@given(values=st.lists(st.floats(0, 1e6), min_size=2, max_size=30), root=st.booleans())
def test_scaling_goes_back(values: list[float], root: bool) -> None:
    series = torch.tensor(values, dtype=torch.float64)
    try:
        scaler = Scaler.fit(series, root)
    except DataError:
        assert (series.sqrt() if root else series).std(unbiased=False) == 0
        return
    back = scaler.to_units(scaler.to_model(series))
    torch.testing.assert_close(back, series, rtol=1e-9, atol=1e-5)


def test_features_are_value_and_season() -> None:
    series = load("nino")
    scaler = Scaler.fit(series.values[:512])
    steps = features(series, scaler, seasonal=True)
    assert steps.shape == (732, 3)
    assert steps.dtype == torch.float32
    assert abs(steps[:512, 0].mean()) < 1e-6
    torch.testing.assert_close(steps[:12, 1:], steps[12:24, 1:])
    torch.testing.assert_close(steps[3, 1:], torch.tensor([1.0, 0.0]), atol=1e-6, rtol=0)  # April: a quarter round
    assert features(series, scaler, seasonal=False).shape == (732, 1)
    assert features(load("sunspots"), scaler, seasonal=True).shape == (309, 1)


def test_shuffling_is_by_the_generator_alone() -> None:
    x, y = windows(torch.arange(50.0)[:, None], 0, 50, 5)
    ordered = torch.cat([b for _, b in loader(x, y, 8, None)])
    assert ordered.equal(y)
    orders = [torch.cat([b for _, b in loader(x, y, 8, torch.Generator().manual_seed(s))]) for s in (1, 1, 2)]
    assert orders[0].equal(orders[1])
    assert not orders[0].equal(orders[2])
    assert orders[0].sort(dim=0).values.equal(y)
    assert [len(b) for b, _ in loader(x, y, 8, None, drop_last=True)] == [8] * 5


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: split_series(made(40), 30), "made: 40 values are too few for windows of 30 and a season of 1: 46 is "
                                             "the least (70 % to train, 10 % to validate, 20 % to test)"),
        (lambda: split_series(made(70, 52), 30), "made: 70 values are too few for windows of 30 and a season of 52: 76 "
                                                 "is the least (70 % to train, 10 % to validate, 20 % to test)"),
        (lambda: Scaler.fit(torch.full((5,), 3.5)), "all 5 values of the training part are 3.5; there is nothing to "
                                                    "learn"),
        (lambda: Scaler.fit(torch.tensor([1.0, -2.0]), square_root=True),
         "the square-root transform takes no negative values; the least is -2"),
        (lambda: Scaler.fit(torch.tensor([1e200, -1e200], dtype=torch.float64)),
         "the values are too large to scale: their deviation overflows"),
    ],
)  # fmt: skip
def test_refusals(build: object, message: str) -> None:
    with pytest.raises(DataError) as caught:
        build()  # type: ignore[operator]
    assert str(caught.value) == message


def test_the_least_count_is_enough() -> None:
    assert split_series(made(46), 30).train == 32


def test_neighbouring_windows_in_order_are_symmetric_where_batch_equals_seq() -> None:
    """Why the costs of mistakes are measured on shuffled windows: here exchanging the axes changes nothing."""
    x, _ = windows(torch.rand(60)[:, None], 0, 60, 30)
    assert x.equal(x.transpose(0, 1))
    assert not x[torch.randperm(30, generator=torch.Generator().manual_seed(0))].equal(x.transpose(0, 1))

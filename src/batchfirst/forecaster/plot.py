"""Pictures: history, forecast and truth, with units. Needs matplotlib, the extra `plot`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from batchfirst.forecaster.baselines import Method
from batchfirst.forecaster.data import Series, split_series

# Blue, vermilion, green: told apart without colour vision too (Okabe and Ito), and by line style besides.
_LOOKS = (("#0072b2", "-", "o"), ("#d55e00", "--", "s"), ("#009e73", "-.", "^"))


class PlotUnavailable(ImportError):
    """matplotlib is not installed. The message says so, and how to get it."""


def plot_evaluation(path: Path, series: Series, methods: Mapping[str, Method], window: int, horizon: int = 12) -> None:
    """Two panels: one-step forecasts over the test part, and `horizon` steps from the last origin with truth.

    Raises PlotUnavailable without matplotlib, OSError where `path` cannot be written.
    """
    figure = _figure((10, 7.2))
    above, below = figure.subplots(2, 1)
    split = split_series(series, window)
    horizon = min(horizon, split.end - split.validation)
    axis = _Axis(series)

    origins = torch.arange(split.validation, split.end)
    shown = torch.arange(max(0, split.validation - 60), split.end)
    above.axvspan(
        axis.at(max(0, split.validation - 60)),
        axis.at(split.validation),
        color="0.93",
        label="before the test part",
        linewidth=0,
    )
    above.plot(axis.of(shown), series.values[shown].tolist(), color="0.55", linewidth=2.6, label="truth")
    for (name, method), (color, style, _) in zip(methods.items(), _LOOKS, strict=False):
        forecast = method(series, origins, 1)[:, 0].tolist()
        above.plot(
            axis.of(origins), forecast, style, color=color, linewidth=1.0, label=f"{name}, 1 {_step(series)} ahead"
        )
    _dress(above, series, f"{series.title}: one step ahead over the test part")

    _forecast_panel(below, series, methods, split.end - horizon, horizon, window)
    _dress(below, series, f"From {series.stamp(split.end - horizon - 1)}: {horizon} steps ahead, forecasts fed back")
    _save(figure, path)


def plot_forecast(path: Path, series: Series, methods: Mapping[str, Method], horizon: int, window: int) -> None:
    """One panel: the last values of the file, and the forecast of what comes after it.

    Raises PlotUnavailable without matplotlib, OSError where `path` cannot be written.
    """
    figure = _figure((10, 4))
    axes = figure.subplots()
    _forecast_panel(axes, series, methods, len(series), horizon, window)
    _dress(axes, series, f"{series.title}: {horizon} steps after {series.stamp(len(series) - 1)}")
    _save(figure, path)


def _forecast_panel(
    axes: Any, series: Series, methods: Mapping[str, Method], origin: int, horizon: int, window: int
) -> None:
    """History up to `origin`, forecasts from there, and truth as far as it is known."""
    axis = _Axis(series)
    past = torch.arange(max(0, origin - 2 * window), origin)
    axes.plot(axis.of(past), series.values[past].tolist(), color="black", linewidth=1.4, label="history")
    ahead = torch.arange(origin, origin + horizon)
    known = torch.arange(origin - 1, min(origin + horizon, len(series)))
    if len(known) > 1:
        axes.plot(axis.of(known), series.values[known].tolist(), color="0.55", linewidth=2.6, label="truth")
    for (name, method), (color, style, mark) in zip(methods.items(), _LOOKS, strict=False):
        forecast = method(series, torch.tensor([origin]), horizon)[0].tolist()
        axes.plot(axis.of(ahead), forecast, style, color=color, marker=mark, markersize=4, linewidth=1.2, label=name)
    axes.axvline(axis.at(origin - 1), color="0.6", linewidth=0.8, linestyle=":")


class _Axis:
    """Time indices as years where the step is a month or longer, else as dates."""

    def __init__(self, series: Series) -> None:
        self.series = series

    def at(self, index: int) -> Any:
        moment = self.series.moment(index)
        if self.series.step.unit in ("year", "month"):
            return moment.year + (moment.month - 1) / 12
        return moment

    def of(self, indices: Tensor) -> list[Any]:
        return [self.at(int(index)) for index in indices]


def _dress(axes: Any, series: Series, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_ylabel(series.unit or "value")
    axes.set_xlabel("year" if series.step.unit in ("year", "month") else "time")
    if series.step.unit in ("year", "month"):
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(color="0.9", linewidth=0.6)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=9)


def _step(series: Series) -> str:
    return series.step.unit if series.step.count == 1 else f"step of {series.step}"


def _figure(size: tuple[float, float]) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PlotUnavailable(
            f"matplotlib is not installed ({error}); pip install 'batchfirst[plot]' brings it"
        ) from error
    return Figure(figsize=size, layout="constrained")


def _save(figure: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, format="png")

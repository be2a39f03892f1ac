"""Forecasts of what comes after the last value of a series, and the CSV they are written to."""

from __future__ import annotations

import csv
from pathlib import Path

import torch

from batchfirst.forecaster.checkpoint import Checkpoint
from batchfirst.forecaster.data import DataError, Series, feature_count
from batchfirst.forecaster.evaluation import LSTMMethod


def method_for(checkpoint: Checkpoint, series: Series) -> LSTMMethod:
    """The checkpoint's model, ready to forecast `series`.

    Raises DataError where the series does not fit what the model was trained on: another time step, another season,
    fewer values than a window.
    """
    trained, preset = checkpoint.facts["series"], checkpoint.preset
    for key, now in (("step", str(series.step)), ("period", series.period)):
        if trained[key] != now:
            what = "season in steps" if key == "period" else "time step"
            raise DataError(f"{series.name}: {what} {now}; the model was trained with {trained[key]}")
    if len(series) < preset.window:
        raise DataError(f"{series.name}: {len(series)} values; the model looks back {preset.window}")
    model = checkpoint.model(feature_count(series, preset.seasonal))
    return LSTMMethod(model, preset, checkpoint.scaler)


def forecast(method: LSTMMethod, series: Series, steps: int) -> list[tuple[str, float]]:
    """(time, value in units) for each of the `steps` steps after the last value of `series`."""
    values = method(series, torch.tensor([len(series)]), steps)[0].tolist()
    return [(series.stamp(len(series) + ahead), value) for ahead, value in enumerate(values)]


def write_csv(path: Path, series: Series, rows: list[tuple[str, float]]) -> None:
    """Write `time,value` rows under a header with the unit, as `load` reads them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "forecast" + (f" [{series.unit}]" if series.unit else "")])
        writer.writerows((stamp, f"{value:.6g}") for stamp, value in rows)

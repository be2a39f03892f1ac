"""Pictures of both kinds, for every time step."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import torch

from batchfirst.forecaster.baselines import persistence
from batchfirst.forecaster.data import Series, load
from batchfirst.forecaster.data.steps import TimeStep
from batchfirst.forecaster.plot import plot_evaluation, plot_forecast

HOURS = Series("h", "h", "A load", "kW", datetime(2024, 1, 1), TimeStep(1, "hour"), torch.rand(200).double(), 24)


@pytest.mark.parametrize("series", [load("nino"), load("sunspots"), HOURS], ids=["months", "years", "hours"])
def test_pictures(series: Series, tmp_path: Path) -> None:
    for draw, path in (
        (lambda path: plot_evaluation(path, series, {"persistence": persistence}, 30), tmp_path / "e.png"),
        (lambda path: plot_forecast(path, series, {"persistence": persistence}, 5, 30), tmp_path / "deep" / "f.png"),
    ):
        draw(path)
        assert path.read_bytes().startswith(b"\x89PNG")

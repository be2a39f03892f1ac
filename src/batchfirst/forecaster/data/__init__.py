"""From a CSV file to batches: reading, splitting, scaling, windows. The two series that ship lie in this folder."""

from batchfirst.forecaster.data.csv_reader import DataError
from batchfirst.forecaster.data.series import BUNDLED, Series, load
from batchfirst.forecaster.data.windows import (
    Scaler,
    Split,
    feature_count,
    features,
    loader,
    season,
    split_series,
    windows,
)

__all__ = [
    "BUNDLED", "DataError", "Scaler", "Series", "Split", "feature_count", "features", "load", "loader", "season",
    "split_series", "windows",
]  # fmt: skip

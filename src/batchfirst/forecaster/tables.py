"""The tables of errors: a model beside the baselines, on one split or on three folds over several seeds."""

from __future__ import annotations

from batchfirst.forecaster.baselines import Method
from batchfirst.forecaster.data import Series, split_series
from batchfirst.forecaster.evaluation import HORIZONS, LSTMMethod, baselines, evaluate, folds
from batchfirst.forecaster.presets import Preset
from batchfirst.forecaster.report import spread, table
from batchfirst.forecaster.training import train


def errors_table(series: Series, method: LSTMMethod) -> str:
    """RMSE, MAE and MASE, 1 and 12 steps ahead over the test part, baselines first."""
    split = split_series(series, method.preset.window)
    methods: dict[str, Method] = {**baselines(series, method.preset), f"LSTM ({method.preset.name})": method}
    rows = []
    for name, each in methods.items():
        cells = [name]
        for horizon in HORIZONS:
            errors = evaluate(each, series, horizon, method.preset)
            cells += [f"{errors.rmse:.3f}", f"{errors.mae:.3f}", f"{errors.mase:.3f}"]
        rows.append(cells)
    head = ["", "RMSE 1", "MAE 1", "MASE 1", "RMSE 12", "MAE 12", "MASE 12"]
    where = f"test part {series.stamp(split.validation)} to {series.stamp(split.end - 1)}"
    unit = f", RMSE and MAE in {series.unit}" if series.unit else ""
    return f"{table(head, rows)}\n  {where}; 1 and 12 steps ahead{unit}"


def folds_table(series: Series, preset: Preset, seeds: int) -> str:
    """RMSE 1 and 12 steps ahead on three chronological folds; the LSTM's over `seeds` seeds, mean ± deviation."""
    parts = []
    for fold in folds(series):
        split = split_series(fold, preset.window)
        methods = baselines(fold, preset)
        rows = [
            [name] + [f"{evaluate(each, fold, h, preset).rmse:.3f}" for h in HORIZONS] for name, each in methods.items()
        ]
        models = []
        for seed in range(seeds):
            trained = train(fold, preset, seed)
            models.append(LSTMMethod(trained.model, preset, trained.scaler))
        cells = [spread([evaluate(model, fold, h, preset).rmse for model in models]) for h in HORIZONS]
        rows.append([f"LSTM ({preset.name}), {seeds} seed{'s' if seeds > 1 else ''}", *cells])
        head = [f"test {fold.stamp(split.validation)} to {fold.stamp(split.end - 1)}", "RMSE 1", "RMSE 12"]
        parts.append(table(head, rows))
    return "\n\n".join(parts)

"""Measures the tables of docs/forecaster.md and prints them as Markdown: python docs/benchmarks/forecaster_tables.py

Parts: folds, mistakes, random, sunspots, traps; all of them where none is named. Everything together takes about half
an hour on one core, most of it for the article's five layers. The numbers depend on nothing but the seeds and torch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from batchfirst.forecaster.baselines import Method
from batchfirst.forecaster.data import Series, feature_count, load, split_series
from batchfirst.forecaster.evaluation import HORIZONS, LSTMMethod, baselines, evaluate, folds
from batchfirst.forecaster.mistakes import MISTAKES, BatchReadAsTime, FirstStep, Right, measure, shuffled_rmse
from batchfirst.forecaster.model import ArticleAsPublished, ArticleForecaster
from batchfirst.forecaster.presets import ARTICLE, REFERENCE, Preset
from batchfirst.forecaster.report import spread
from batchfirst.forecaster.training import train

SEEDS = range(5)


def markdown(head: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)
    print()


def errors(series: Series, preset: Preset) -> list[str]:
    """RMSE at both horizons over the seeds, and the epochs trained."""
    models = [train(series, preset, seed) for seed in SEEDS]
    methods = [LSTMMethod(trained.model, preset, trained.scaler) for trained in models]
    return [spread([evaluate(method, series, horizon, preset).rmse for method in methods]) for horizon in HORIZONS]


def fold_tables(name: str, presets: dict[str, Preset]) -> None:
    for fold in folds(load(name)):
        preset = next(iter(presets.values()))
        split = split_series(fold, preset.window)
        rows = [
            [label, *(f"{evaluate(method, fold, horizon, preset).rmse:.3f}" for horizon in HORIZONS)]
            for label, method in baselines(fold, preset).items()
        ]
        rows += [[label, *errors(fold, preset)] for label, preset in presets.items()]
        period = f"{fold.stamp(split.validation)} to {fold.stamp(split.end - 1)}"
        unit = f", {fold.unit}" if fold.unit else ""
        markdown([f"test part {period}{unit}", "RMSE, 1 step", "RMSE, 12 steps"], rows)


def nino_folds() -> None:
    fold_tables("nino", {
        "**reference**, 5 seeds": REFERENCE,
        "article, put right, 5 seeds": ARTICLE,
        "article with one layer, 5 seeds": replace(ARTICLE, layers=1),
    })  # fmt: skip


def sunspots_folds() -> None:
    preset = replace(REFERENCE, square_root=True)
    fold_tables("sunspots", {"**reference**, 5 seeds": preset})
    # Zhang's protocol: 221 years to train, 1921 to 1987 to test. Of the 221, 28 decide when to stop.
    series, known = load("sunspots").first(288), load("sunspots").first(277)
    split = split_series(known, preset.window)
    assert (split.validation, series.stamp(221), series.stamp(287)) == (221, "1921", "1987")
    origins, truth = torch.arange(221, 288), series.values[221:, None]
    methods: dict[str, list[Method]] = {name: [method] for name, method in baselines(known, preset).items()}
    models = [train(known, preset, seed) for seed in SEEDS]
    methods["**reference**, 5 seeds"] = [LSTMMethod(trained.model, preset, trained.scaler) for trained in models]
    rows = []
    for name, each in methods.items():
        wrong = [method(series, origins, 1) - truth for method in each]
        rows.append(
            [
                name,
                spread([e.square().mean().item() for e in wrong], 1),
                spread([e.abs().mean().item() for e in wrong], 2),
            ]
        )
    markdown(["1921 to 1987, one year ahead", "MSE", "MAE"], rows)


def mistake_costs() -> None:
    series = load("nino")
    rows = []
    for mistake in MISTAKES:
        costs = [measure(mistake, series, seed, REFERENCE.epochs) for seed in SEEDS]
        rows.append([
            mistake.title, f"`{mistake.after}`", spread([cost.right for cost in costs]),
            spread([cost.wrong for cost in costs]), spread([cost.factor for cost in costs], 2),
        ])  # fmt: skip
    markdown(["mistake", "as written", "right, °C", "wrong, °C", "factor"], rows)
    print(f"Predicting the training part's mean: {costs[0].mean:.3f} °C.\n")


def random_state() -> None:
    """The article's five layers, with the random state as published and with zeros; the same model tested ten times."""
    series = load("nino")
    right, wrong, again = [], [], []
    for seed in SEEDS:
        for build, results in ((ArticleForecaster, right), (ArticleAsPublished, wrong)):
            torch.manual_seed(seed)
            trained = train(series, ARTICLE, seed, model=build(), whole_batches=True)
            values = [shuffled_rmse(trained, series, whole_batches=True) for _ in range(10)]
            results.append(sum(values) / len(values))
            if build is ArticleAsPublished:
                again.append(max(values) - min(values))
    rows = [
        ["zeros", spread(right), "0.000"],
        ["drawn at random, as published", spread(wrong), f"{min(again):.3f} to {max(again):.3f}"],
    ]
    markdown(["initial state", "RMSE, 1 step, °C", "largest less smallest of ten tests of one model"], rows)


class Change(nn.Module):
    """A model's prediction taken as the change from the last value."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.inner(x)
        return x[:, -1, :1] + change


def traps() -> None:
    """What a table of costs would say that did not avoid the traps: batch read as time, made harmless."""
    series = load("nino")
    rows = []
    for label, seasonal, changes in (
        ("value alone, absolute head", False, False),
        ("value and season, absolute head", True, False),
        ("value alone, head on the change", False, True),
        ("value and season, head on the change", True, True),
    ):
        preset = replace(REFERENCE, seasonal=seasonal)
        found: dict[type[nn.Module], list[float]] = {Right: [], BatchReadAsTime: [], FirstStep: []}
        for build, results in found.items():
            for seed in SEEDS:
                torch.manual_seed(seed)
                model = build(feature_count(series, seasonal), preset.hidden)
                trained = train(series, preset, seed, model=Change(model) if changes else model)
                results.append(shuffled_rmse(trained, series))
        rows.append([label, *(spread(results) for results in found.values())])
    markdown(["features and head", "right, °C", "batch read as time, °C", "`output[:, 0]`, °C"], rows)


PARTS: dict[str, Callable[[], None]] = {
    "mistakes": mistake_costs, "traps": traps, "sunspots": sunspots_folds, "random": random_state, "folds": nino_folds,
}  # fmt: skip

if __name__ == "__main__":
    torch.set_num_threads(1)
    for part in sys.argv[1:] or PARTS:
        print(f"<!-- {part}: torch {torch.__version__}, {len(SEEDS)} seeds -->\n")
        PARTS[part]()

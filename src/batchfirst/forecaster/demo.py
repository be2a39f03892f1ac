"""`batchfirst demo`: train a forecaster with its layouts watched, then break it on purpose, and see what is said."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

import batchfirst as bf
from batchfirst.forecaster.baselines import Method
from batchfirst.forecaster.checkpoint import Progress
from batchfirst.forecaster.data import Scaler, Series, feature_count, features, load, split_series, windows
from batchfirst.forecaster.evaluation import LSTMMethod, baselines
from batchfirst.forecaster.mistakes import LAYOUT, MISTAKES, find, measure, watch
from batchfirst.forecaster.model import ArticleAsPublished, ArticleForecaster, ArticleHalfRepaired, Forecaster
from batchfirst.forecaster.plot import PlotUnavailable, plot_evaluation
from batchfirst.forecaster.presets import ARTICLE, REFERENCE, Preset
from batchfirst.forecaster.report import brief, heading, paragraph, table
from batchfirst.forecaster.tables import errors_table, folds_table
from batchfirst.forecaster.training import train

Echo = Callable[[str], None]
Bar = Callable[[str, int], AbstractContextManager[Callable[[Progress], None]]]


def run(directory: Path, echo: Echo, bar: Bar, quick: bool = False) -> None:
    """Print the demo by `echo`; write plot, findings and checkpoint into `directory`.

    quick: a few epochs only, to try the command; its numbers mean nothing. Raises OSError where `directory` cannot be
    written.
    """
    started = time.monotonic()
    directory.mkdir(parents=True, exist_ok=True)
    series = load("nino")
    preset = replace(REFERENCE, epochs=4) if quick else REFERENCE
    echo(paragraph("An LSTM that forecasts the temperature of the sea: first right, with every layout checked; then "
                   "broken in the classic ways, about which torch says nothing.", indent=""))  # fmt: skip
    if quick:
        echo("\n--quick: 4 epochs instead of as many as it takes; the numbers mean nothing.")
    _data(series, preset, echo)
    model = _shapes(series, preset, echo)
    method = _training(series, preset, model, directory, echo, bar)
    _errors(series, preset, method, 1 if quick else 3, echo)
    findings = _mistakes(series, 4 if quick else 40, echo)
    findings += _article(series, echo)
    _end(series, method, directory, findings, time.monotonic() - started, echo)


def _data(series: Series, preset: Preset, echo: Echo) -> None:
    split = split_series(series, preset.window)
    echo("\n" + heading(1, "The data"))
    echo(paragraph(f"{series.title}, {series.unit}: {len(series)} values, one a month, {series.stamp(0)} to "
                   f"{series.stamp(len(series) - 1)} (NOAA, public domain). In the order of time:"))  # fmt: skip
    parts = (
        ("train", 0, split.train),
        ("validate", split.train, split.validation),
        ("test", split.validation, split.end),
    )
    rows = [[name, f"{end - first}", series.stamp(first), series.stamp(end - 1)] for name, first, end in parts]
    echo(table(["part", "values", "from", "to"], rows))
    echo(paragraph(f"A sample is a window of {preset.window} months; its target is the month after it. Scaling is "
                   "fitted on the training part alone."))  # fmt: skip


def _shapes(series: Series, preset: Preset, echo: Echo) -> Forecaster:
    """The model, and its shapes by axis name."""
    inputs = feature_count(series, preset.seasonal)
    model = preset.build(inputs, seed=0)
    assert isinstance(model, Forecaster)
    echo("\n" + heading(2, "The model, and the shapes on the way"))
    echo(paragraph(f"{model.lstm} and a head that predicts the change from the last value. Three features: the value, "
                   "and sine and cosine of the month. For a batch of windows, by bf.shapes:"))  # fmt: skip
    echo(str(bf.shapes(model.lstm, batch=preset.batch_size, seq=preset.window)))
    echo(paragraph("The last step of the output, (batch, hidden), goes to the head: (batch, 1)."))
    return model


def _training(series: Series, preset: Preset, model: Forecaster, directory: Path, echo: Echo, bar: Bar) -> LSTMMethod:
    echo("\n" + heading(3, "Training, with layouts watched"))
    began = time.monotonic()
    with bar("training", preset.epochs) as on_epoch, bf.watch(model, layout=LAYOUT) as watched:
        trained = train(series, preset, model=model, directory=directory / "model", on_epoch=on_epoch)
    progress = trained.progress
    if not progress.finished:
        raise KeyboardInterrupt
    read = {dict(call.tensors())["input"].shape for call in watched.calls if call.module.path == "lstm"}
    sizes = ", ".join(str(shape) for shape in sorted(read, reverse=True))
    echo(paragraph(f"{progress.epoch} epochs in {time.monotonic() - began:.1f} s; best validation loss in epoch "
                   f"{progress.best_epoch}. bf.watch(model, layout={LAYOUT!r}) checked every call; the LSTM read "
                   f"{sizes}. Findings: {len(watched.findings)}."))  # fmt: skip
    return LSTMMethod(trained.model, preset, trained.scaler)


def _errors(series: Series, preset: Preset, method: LSTMMethod, seeds: int, echo: Echo) -> None:
    echo("\n" + heading(4, "Errors on the test part, beside what it has to beat"))
    echo(errors_table(series, method))
    echo("\n" + paragraph(f"The same on three folds, each the first part of the series split 70/10/20, trained "
                          f"anew with {seeds} seed{'s' if seeds > 1 else ''}:") + "\n")  # fmt: skip
    echo(folds_table(series, preset, seeds))
    echo("\n" + paragraph("Autoregression is least squares on the last 12 values and a level per month. That an LSTM "
                          "beats persistence and the season before is little; that it beats autoregression cannot "
                          "be said of this series (docs/forecaster.md has more seeds)."))  # fmt: skip


def _mistakes(series: Series, epochs: int, echo: Echo) -> list[bf.Finding]:
    echo("\n" + heading(5, "Breaking it: mistakes that train without a word"))
    echo(paragraph("Each is made in a small model and measured by bf.audit, without training. Then the right and the "
                   f"wrong model are trained alike, one seed, at most {epochs} epochs. So that nothing hides the "
                   "damage, the value is the only feature, the head predicts the value itself, and all windows are "
                   "shuffled."))  # fmt: skip
    findings: list[bf.Finding] = []
    rows = []
    for number, mistake in enumerate(MISTAKES):
        found = find(mistake)
        cost = measure(mistake, series, seed=0, epochs=epochs)
        echo(f"\n  {mistake.title}\n    - {mistake.before}\n    + {mistake.after}\n")
        echo("\n\n".join(str(one) if number == 0 else brief(one) for one in found) or "  nothing found")
        echo(f"\n  cost: test RMSE {cost.wrong:.3f} {series.unit} instead of {cost.right:.3f}")
        findings += found
        codes = [", ".join(one.code for one in seen) or "-" for seen in (watch(mistake), found)]
        rows.append([mistake.title, *codes, f"{cost.right:.3f}", f"{cost.wrong:.3f}", f"{cost.factor:.1f}"])
    echo("\n" + paragraph("Together, as test RMSE one month ahead:"))
    echo(table(["mistake", "watch", "audit", "right", "wrong", "factor"], rows))
    echo(paragraph(f"Predicting the mean of the training part, whatever the window: {cost.mean:.3f}. watch: what "
                   "bf.watch sees in the first batch, from shapes alone; audit: what bf.audit measures."))  # fmt: skip
    return findings


def _article(series: Series, echo: Echo) -> list[bf.Finding]:
    """The article's model as published: what the audit and the explanations say of it."""
    preset = ARTICLE
    scaler = Scaler.fit(series.values[: split_series(series, preset.window).train])
    steps = features(series, scaler, preset.seasonal)
    x, _ = windows(steps, 0, 100, preset.window)
    torch.manual_seed(0)
    published, half, right = ArticleAsPublished(), ArticleHalfRepaired(), ArticleForecaster()
    echo("\n" + heading(6, "The article's model, as published"))
    echo(paragraph("nn.LSTM(1, 64, num_layers=5, batch_first=True), batches of 5 windows. Its h_0 and c_0 are drawn at "
                   "random for a fixed batch size, and its sizes are read from the data: "
                   "`batch_size, seq_len = input_seq[0], input_seq[1]`."))  # fmt: skip
    findings = list(bf.audit(published, x[:5], layout=LAYOUT).findings)
    echo("\n  bf.audit(model, x):\n")
    echo("\n\n".join(brief(one) for one in findings) or "  nothing found")
    for title, model, batch in (
        ("The last batch of an epoch has 3 windows. bf.explain(error):", published, x[:3]),
        (
            "The batch_size that it reads, used: `torch.zeros(layers, batch_size, hidden)`. bf.explain(error):",
            half,
            x[:5],
        ),
    ):
        error, explained = _explained(model, batch)
        echo(f"\n{paragraph(title)}\n{paragraph(error, indent='    ')}\n")
        echo("\n\n".join(brief(one) for one in explained) or "  nothing known for certain")
        findings += explained
    verdict = bf.audit(right, x[:5], layout=LAYOUT)
    echo("\n" + paragraph("Put right, the state is left out, which is zeros of the right size. bf.audit: "
                          f"{'nothing found' if verdict.ok else 'findings'}."))  # fmt: skip
    return findings


def _explained(model: torch.nn.Module, x: Tensor) -> tuple[str, list[bf.Finding]]:
    """The error that the model raises at x (batch, seq, features), and what bf.explain makes of it."""
    try:
        model(x)
    except Exception as error:
        return f"{type(error).__name__}: {error}", list(bf.explain(error).findings)
    raise AssertionError("the model was expected to refuse this batch")


def _end(
    series: Series, method: LSTMMethod, directory: Path, findings: list[bf.Finding], seconds: float, echo: Echo
) -> None:
    echo("\n" + heading(7, "Where everything is"))
    report, picture = directory / "findings.txt", directory / "forecast.png"
    report.write_text("\n\n".join(str(one) for one in findings) + "\n", "utf-8")
    beside: dict[str, Method] = {"LSTM": method, "autoregression": baselines(series, method.preset)["autoregression"]}
    try:
        plot_evaluation(picture, series, beside, method.preset.window)
        plotted = "history, forecast and truth"
    except PlotUnavailable as error:
        plotted = f"not written: {error}"
    places = [
        (str(picture), plotted),
        (str(report), "all findings above, in full"),
        (str(directory / "model"), "the trained model; `batchfirst forecast predict --model` takes it"),
        (str(Path(__file__).parent), "the code of this demo, to copy from"),
    ]
    for place, what in places:
        echo(f"  {place}\n      {what}")
    echo(f"\n  {seconds:.0f} seconds")

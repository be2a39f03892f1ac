"""`batchfirst demo` and `batchfirst forecast train|evaluate|predict`. torch is imported when a command runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from batchfirst.forecaster.checkpoint import Checkpoint, Progress
    from batchfirst.forecaster.data import Series
    from batchfirst.forecaster.presets import Preset
    from batchfirst.forecaster.processes import Processes
    from batchfirst.forecaster.training import Trained

INTERRUPTED = 130  # what a shell reports of a program that Ctrl-C ended

_data = click.option(
    "--data", "source", default="nino", show_default=True, metavar="NAME|FILE.csv",
    help="nino, sunspots, or your own CSV of two columns: time and value.",
)  # fmt: skip
_trained_data = click.option(
    "--data", "source", metavar="NAME|FILE.csv", help="As in `train`; default: what the model was trained on."
)
_period = click.option(
    "--period", type=click.IntRange(1), help="Steps after which a season repeats; default by the time step: 12 months, "
    "7 days, 24 hours, else 1 (no season).",
)  # fmt: skip
_directory = click.option(
    "--model", "directory", type=click.Path(path_type=Path, file_okay=False), default=Path("out/forecast"),
    show_default=True, help="Folder of the checkpoint.",
)  # fmt: skip
_plot = click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Write a picture (PNG) here.")


class Failure(click.ClickException):
    """Wrong usage or unusable input: one line on stderr, exit status 2."""

    exit_code = 2


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Errors that name what is wrong with the input become one line, without a traceback."""
    from batchfirst.forecaster.checkpoint import CheckpointError
    from batchfirst.forecaster.data import DataError

    try:
        yield
    except (DataError, CheckpointError) as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from error


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("out/demo"), show_default=True,
              help="Folder for the plot, the findings and the trained model.")  # fmt: skip
@click.option("--quick", is_flag=True, help="A few epochs only, to try the command; the numbers mean nothing.")
def demo(out: Path, quick: bool) -> None:
    """Train a forecaster with its layouts checked, then break it on purpose.

    Less than two minutes on two cores: errors beside the baselines, each
    classic mistake explained and what it costs, a plot.

    \b
    Example:
      batchfirst demo --out out/demo
    """
    with _clear_errors():
        from batchfirst.forecaster.demo import run

        try:
            run(out, click.echo, progress_bar, quick)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            sys.exit(INTERRUPTED)


@click.group()
def forecast() -> None:
    """Train, evaluate and use the example forecaster, an LSTM on a window of
    past values.

    \b
    Examples:
      batchfirst forecast train --data nino
      batchfirst forecast evaluate --plot out/nino.png
      batchfirst forecast predict --steps 24 --output out/next.csv
    """


@forecast.command()
@_data
@_period
@click.option("--preset", "preset_name", type=click.Choice(["reference", "article"]), default="reference",
              show_default=True, help="The reference, or the article's five layers, put right.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--epochs", type=click.IntRange(1), help="At most so many; default by preset.")
@click.option("--square-root/--no-square-root", default=None,
              help="Of the values, before scaling; default: for sunspots only.")  # fmt: skip
@_directory
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in that folder.")
@click.option("--overwrite", is_flag=True, help="Begin anew over the checkpoint in that folder.")
@click.option("--watch/--no-watch", default=True, show_default=True, help="Check the layout of every call.")
def train(
    source: str, period: int | None, preset_name: str, seed: int, epochs: int | None, square_root: bool | None,
    directory: Path, resume: bool, overwrite: bool, watch: bool,
) -> None:  # fmt: skip
    """Train on the first 70 % of the values, stop early by the next 10 %.

    A checkpoint is written after each epoch. Ctrl-C stops after the batch at
    hand and saves; --resume goes on with the same result as without the stop.
    Under torchrun, each process trains on its share of every batch.

    \b
    Examples:
      batchfirst forecast train --data my.csv --model out/mine
      torchrun --nproc-per-node=2 -m batchfirst forecast train
    """
    with _clear_errors():
        from dataclasses import replace

        from batchfirst.forecaster import checkpoint as checkpoints
        from batchfirst.forecaster.data import load
        from batchfirst.forecaster.presets import PRESETS
        from batchfirst.forecaster.processes import joined

        series = load(source, period)
        preset = replace(PRESETS[preset_name], square_root=source == "sunspots" if square_root is None else square_root)
        preset = replace(preset, epochs=epochs or preset.epochs)
        found = (directory / "checkpoint.json").exists()
        if resume and overwrite:
            raise Failure("--resume and --overwrite exclude each other")
        if found and not (resume or overwrite):
            raise Failure(f"{directory} holds a checkpoint: --resume goes on from it, --overwrite begins anew")
        start = checkpoints.read(directory) if resume else None
        if start is not None:
            start.check_series(series)
            _check_same(start, preset, seed)
        with joined() as processes:
            trained = _train(series, preset, seed, directory, start, watch, processes)
        progress = trained.progress
        said = [_summary(progress), f"checkpoint: {directory / 'checkpoint.json'}"]
        if not progress.finished:
            said[1] = f"stopped; saved in {directory}. The same command with --resume goes on from here"
        if processes.first:
            click.echo("\n".join(said))
        if not progress.finished:
            sys.exit(INTERRUPTED)


def _check_same(start: Checkpoint, preset: Preset, seed: int) -> None:
    """--resume with other settings would be another run; only the number of epochs may change."""
    for key, now in {**preset.as_dict(), "seed": seed}.items():
        was = start.facts["seed"] if key == "seed" else start.facts["preset"][key]
        if was != now and key != "epochs":
            raise Failure(f"the checkpoint was made with {key.replace('_', ' ')} {was}, not {now}; "
                          "--overwrite begins anew")  # fmt: skip


def _train(
    series: Series, preset: Preset, seed: int, directory: Path, start: Checkpoint | None, watch: bool,
    processes: Processes,
) -> Trained:  # fmt: skip
    import batchfirst as bf
    from batchfirst.forecaster.data import feature_count
    from batchfirst.forecaster.training import train as run

    model = preset.build(feature_count(series, preset.seasonal), seed)
    with progress_bar("training", preset.epochs, processes.first) as on_epoch:
        go = partial(
            run, series, preset, seed, model=model, directory=directory, resume=start, processes=processes,
            on_epoch=on_epoch,
        )  # fmt: skip
        if not watch:
            return go()
        with bf.watch(model, layout="batch seq features"):
            return go()


@contextmanager
def progress_bar(label: str, epochs: int, wanted: bool = True) -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr where that is a terminal; nothing where it is piped, or not wanted."""
    if not wanted or not sys.stderr.isatty():
        yield lambda progress: None
        return
    shown: dict[str, Any] = {}
    bar: Any
    with click.progressbar(
        length=epochs, label=label, file=sys.stderr, width=24, show_eta=False, show_percent=False,
        item_show_func=lambda progress: shown.get("text", ""),
    ) as bar:  # fmt: skip

        def on_epoch(progress: Progress) -> None:
            training, validation = progress.history[-1]
            shown["text"] = f"epoch {progress.epoch}, loss {training:.4f} / {validation:.4f}"
            bar.update(progress.epoch - bar.pos, progress)

        yield on_epoch


def _summary(progress: Progress) -> str:
    if not progress.history:
        return f"epoch 1, {progress.batches} batches done"
    best = f"best epoch {progress.best_epoch}, validation loss {progress.best_loss:.4f} (mean square, scaled)"
    return f"{progress.epoch} epochs ({progress.finished or 'not finished'}); {best}"


@forecast.command()
@_directory
@_trained_data
@_period
@_plot
@click.option("--folds", is_flag=True, help="Train the same configuration anew on three chronological folds.")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="With --folds: models per fold.")
def evaluate(
    directory: Path, source: str | None, period: int | None, plot: Path | None, folds: bool, seeds: int
) -> None:
    """Errors 1 and 12 steps ahead on the last 20 %, beside the baselines.

    \b
    Examples:
      batchfirst forecast evaluate --plot out/nino.png
      batchfirst forecast evaluate --folds --seeds 5
    """
    with _clear_errors():
        from batchfirst.forecaster import checkpoint as checkpoints
        from batchfirst.forecaster.prediction import method_for
        from batchfirst.forecaster.tables import errors_table, folds_table

        checkpoint = checkpoints.read(directory)
        series = _series_for(checkpoint, source, period)
        checkpoint.check_series(series)
        if folds:
            click.echo(folds_table(series, checkpoint.preset, seeds))
            return
        method = method_for(checkpoint, series)
        click.echo(errors_table(series, method))
        if plot is not None:
            from batchfirst.forecaster.plot import plot_evaluation

            _plotted(plot, lambda: plot_evaluation(plot, series, _beside(series, method), method.preset.window))


@forecast.command()
@_directory
@_trained_data
@_period
@click.option("--steps", type=click.IntRange(1), default=12, show_default=True, help="How far ahead.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the forecast (CSV) here.")
@_plot
def predict(
    directory: Path, source: str | None, period: int | None, steps: int, output: Path | None, plot: Path | None
) -> None:
    """Forecast what comes after the last value of the data.

    \b
    Example:
      batchfirst forecast predict --data my.csv --model out/mine --steps 6
    """
    with _clear_errors():
        from batchfirst.forecaster import checkpoint as checkpoints
        from batchfirst.forecaster.prediction import forecast as run
        from batchfirst.forecaster.prediction import method_for, write_csv

        checkpoint = checkpoints.read(directory)
        series = _series_for(checkpoint, source, period)
        method = method_for(checkpoint, series)
        if series.unit != (unit := checkpoint.facts["series"]["unit"]):
            click.echo(f"note: the data are in {series.unit or 'no stated unit'}, the model was trained on "
                       f"{unit or 'no stated unit'}; values are taken as they are", err=True)  # fmt: skip
        rows = run(method, series, steps)
        click.echo(f"time,forecast [{series.unit}]" if series.unit else "time,forecast")
        for stamp, value in rows:
            click.echo(f"{stamp},{value:.6g}")
        if output is not None:
            write_csv(output, series, rows)
            click.echo(f"wrote {output}", err=True)
        if plot is not None:
            from batchfirst.forecaster.plot import plot_forecast

            _plotted(plot, lambda: plot_forecast(plot, series, {"LSTM": method}, steps, method.preset.window))


def _series_for(checkpoint: Checkpoint, source: str | None, period: int | None) -> Series:
    """The series named, or the one that the model was trained on."""
    from batchfirst.forecaster.data import load

    trained = checkpoint.facts["series"]
    return load(source or trained["source"], period or trained["period"])


def _beside(series: Series, method: Any) -> dict[str, Any]:
    from batchfirst.forecaster.evaluation import baselines

    return {"LSTM": method, "autoregression": baselines(series, method.preset)["autoregression"]}


def _plotted(path: Path, draw: Callable[[], None]) -> None:
    """Draw; without matplotlib say that there is no picture, and why."""
    from batchfirst.forecaster.plot import PlotUnavailable

    try:
        draw()
    except PlotUnavailable as error:
        click.echo(f"plot not written: {error}", err=True)
    else:
        click.echo(f"wrote {path}", err=True)

"""Training: seeds, gradient clipping, early stopping on the validation part, and checkpoints to go on from."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader

from batchfirst.forecaster.checkpoint import Checkpoint, Progress, save
from batchfirst.forecaster.data import DataError, Scaler, Series, features, loader, split_series, windows
from batchfirst.forecaster.presets import Preset
from batchfirst.forecaster.processes import ALONE, Processes

OnEpoch = Callable[[Progress], None]
Loss = Callable[[Tensor, Tensor], Tensor]
"""Of predictions (batch, 1) and targets (batch, 1), to a scalar."""


def squared_error(predicted: Float[Tensor, "batch 1"], target: Float[Tensor, "batch 1"]) -> Float[Tensor, ""]:
    """The mean squared error of a batch."""
    return nn.functional.mse_loss(predicted, target)


@dataclass
class Trained:
    """A model with the weights of its best epoch, what it was trained on, and how training went."""

    model: nn.Module
    preset: Preset
    scaler: Scaler
    progress: Progress


def train(
    series: Series,
    preset: Preset,
    seed: int = 0,
    *,
    model: nn.Module | None = None,
    loss: Loss = squared_error,
    whole_batches: bool = False,
    directory: Path | None = None,
    resume: Checkpoint | None = None,
    processes: Processes = ALONE,
    on_epoch: OnEpoch | None = None,
) -> Trained:
    """Train on the first 70 % of `series`, stop by the next 10 %, leave the last 20 % alone.

    model: takes (batch, seq, features), gives (batch, 1); None builds the preset's. whole_batches: leave out the last,
    smaller batch, for a model that takes no other. directory: where a checkpoint is written after each epoch; resume: a
    checkpoint to go on from, with the same result, bit for bit, as if it had never stopped. processes: those that train
    together, each on its share of every batch; the first of them writes. on_epoch is called after each epoch.

    With a directory, the first Ctrl-C stops training after the batch at hand, saves, and returns with
    `progress.finished` empty; a second one raises KeyboardInterrupt at once, as does the first without a directory. No
    random generator outside is touched. Raises DataError for a series that is too short or cannot be scaled.
    """
    split = split_series(series, preset.window)
    scaler = Scaler.fit(series.values[: split.train], preset.square_root)
    steps = features(series, scaler, preset.seasonal)
    train_x, train_y = windows(steps, 0, split.train, preset.window)
    valid_x, valid_y = windows(steps, split.train, split.validation, preset.window)
    if model is None:
        model = preset.build(steps.shape[1], seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=preset.learning_rate)
    shuffler = torch.Generator().manual_seed(seed)
    batches = loader(train_x, train_y, preset.batch_size, shuffler, whole_batches, processes)
    if not len(batches):
        raise DataError(f"{len(train_x)} windows to train on are less than a batch of {preset.batch_size}")
    # The validation windows are shuffled, too, once: where a model mixes up samples, neighbours must not help it.
    order = torch.randperm(len(valid_x), generator=torch.Generator().manual_seed(0))
    validation = loader(valid_x[order], valid_y[order], preset.batch_size, None, whole_batches)
    progress = Progress()

    with torch.random.fork_rng(devices=[]), _stop_on_interrupt(directory is not None) as stop:
        torch.manual_seed(seed)
        if resume is not None:
            progress = resume.restore(model, optimizer, shuffler)
            progress.finished = progress.verdict(preset)  # more epochs may be wanted now
        together = processes.together(model)
        best = {name: value.clone() for name, value in (resume.best if resume else model.state_dict()).items()}
        while not progress.finished and not processes.any(stop.is_set()):
            epoch_start = shuffler.get_state()
            model.train()
            for number, (x, y) in enumerate(batches):
                if number < progress.batches:
                    continue  # done before the stop that we resume from
                samples = min(preset.batch_size, len(train_x) - number * preset.batch_size)
                weight = processes.weight(samples)
                value = _step(together, optimizer, x, y, loss, preset.clip, weight)
                value, stopping = processes.mean(value, weight, stop.is_set())
                progress.loss_sum += value
                progress.batches += 1
                if stopping:
                    break
            if progress.batches == len(batches):
                epoch_start = shuffler.get_state()
                progress.close_epoch(progress.loss_sum / len(batches), _mean_loss(model, validation, loss), preset)
                if progress.best_epoch == progress.epoch:
                    best = {name: value.clone() for name, value in model.state_dict().items()}
                if on_epoch is not None:
                    on_epoch(progress)
            if directory is not None and processes.first:
                save(
                    directory,
                    Checkpoint.of(model, best, optimizer, epoch_start, progress, series, scaler, preset, seed),
                )
    model.load_state_dict(best)
    return Trained(model.eval(), preset, scaler, progress)


def _step(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, loss: Loss, clip: float, weight: float
) -> float:
    """One update on x (batch, seq, features) and y (batch, 1), a share that counts `weight`; the loss before it."""
    optimizer.zero_grad()
    value = loss(model(x), y)  # both (batch, 1)
    (value * weight).backward()
    clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    return value.item()


@torch.no_grad()
def _mean_loss(model: nn.Module, batches: DataLoader[tuple[Tensor, ...]], loss: Loss) -> float:
    """The mean over the samples; NaN where there is not one whole batch."""
    model.eval()
    sums = [(loss(model(x), y).item() * len(x), len(x)) for x, y in batches]
    count = sum(size for _, size in sums)
    return sum(total for total, _ in sums) / count if count else float("nan")


@contextmanager
def _stop_on_interrupt(active: bool) -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a request, so that no batch is cut in half; only the main thread may do so."""
    stop = threading.Event()
    if not active or threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def request(signum: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    previous = signal.signal(signal.SIGINT, request)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, previous)

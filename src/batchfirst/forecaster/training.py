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
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from batchfirst.forecaster.checkpoint import Checkpoint, Progress, save
from batchfirst.forecaster.data import Scaler, Series, features, loader, split_series, windows
from batchfirst.forecaster.presets import Preset

OnEpoch = Callable[[Progress], None]


@dataclass
class Trained:
    """A model with the weights of its best epoch, what it was trained on, and how training went."""

    model: nn.Module
    preset: Preset
    scaler: Scaler
    progress: Progress


@dataclass
class _Stop:
    requested: bool = False


def train(
    series: Series,
    preset: Preset,
    seed: int = 0,
    *,
    model: nn.Module | None = None,
    directory: Path | None = None,
    resume: Checkpoint | None = None,
    on_epoch: OnEpoch | None = None,
) -> Trained:
    """Train on the first 70 % of `series`, stop by the next 10 %, leave the last 20 % alone.

    model: takes (batch, seq, features), gives (batch, 1); None builds the preset's. directory: where a checkpoint is
    written after each epoch; resume: a checkpoint to go on from, with the same result, bit for bit, as if it had never
    stopped. on_epoch is called after each epoch.

    On the first Ctrl-C training stops after the batch at hand, saves, and returns with `progress.finished` empty; a
    second Ctrl-C raises KeyboardInterrupt at once. No random generator outside is touched.
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
    batches = loader(train_x, train_y, preset.batch_size, shuffler)
    progress = Progress()

    with torch.random.fork_rng(devices=[]), _stop_on_interrupt() as stop:
        torch.manual_seed(seed)
        if resume is not None:
            progress = resume.restore(model, optimizer, shuffler)
        best = {name: value.clone() for name, value in (resume.best if resume else model.state_dict()).items()}
        while not progress.finished and not stop.requested:
            epoch_start = shuffler.get_state()
            model.train()
            for number, (x, y) in enumerate(batches):
                if number < progress.batches:
                    continue  # done before the stop that we resume from
                progress.loss_sum += _step(model, optimizer, x, y, preset.clip) * len(x)
                progress.batches += 1
                if stop.requested:
                    break
            if progress.batches == len(batches):
                epoch_start = shuffler.get_state()
                progress.close_epoch(progress.loss_sum / len(train_x), _loss(model, valid_x, valid_y), preset)
                if progress.best_epoch == progress.epoch:
                    best = {name: value.clone() for name, value in model.state_dict().items()}
                if on_epoch is not None:
                    on_epoch(progress)
            if directory is not None:
                save(
                    directory,
                    Checkpoint.of(model, best, optimizer, epoch_start, progress, series, scaler, preset, seed),
                )
    model.load_state_dict(best)
    return Trained(model.eval(), preset, scaler, progress)


def _step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, clip: float) -> float:
    """One update on x (batch, seq, features) and y (batch, 1); the mean squared error before it."""
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)  # both (batch, 1)
    loss.backward()  # type: ignore[no-untyped-call]
    clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    return loss.item()


@torch.no_grad()
def _loss(model: nn.Module, x: Tensor, y: Tensor) -> float:
    model.eval()
    return nn.functional.mse_loss(model(x), y).item()


@contextmanager
def _stop_on_interrupt() -> Iterator[_Stop]:
    """Turn the first Ctrl-C into a request, so that no batch is cut in half; only the main thread may do so."""
    stop = _Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def request(signum: int, frame: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.requested = True

    previous = signal.signal(signal.SIGINT, request)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, previous)

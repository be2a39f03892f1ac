"""Training: the same seed gives the same bits, also over a stop; Ctrl-C and crashes lose nothing."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from batchfirst.forecaster import checkpoint as checkpoints
from batchfirst.forecaster.checkpoint import CheckpointError, Progress
from batchfirst.forecaster.data import load
from batchfirst.forecaster.presets import ARTICLE, REFERENCE
from batchfirst.forecaster.training import Trained, train

SHORT = replace(REFERENCE, epochs=4, hidden=8)
NINO = load("nino").first(200)


def same(one: Trained, other: Trained) -> bool:
    ours, theirs = one.model.state_dict(), other.model.state_dict()
    return one.progress == other.progress and all(ours[name].equal(theirs[name]) for name in ours | theirs)


def test_a_seed_fixes_every_bit_and_no_generator_outside_moves() -> None:
    before = torch.get_rng_state()
    first = train(NINO, SHORT, seed=3)
    assert torch.get_rng_state().equal(before)
    torch.manual_seed(99)
    assert same(first, train(NINO, SHORT, seed=3))
    assert not same(first, train(NINO, SHORT, seed=4))


class Noisy(nn.Module):
    """Draws from the global generator in training, as dropout does."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 8, batch_first=True)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        predicted: Tensor = self.head(self.drop(self.lstm(x)[0][:, -1]))
        return predicted


def noisy() -> Noisy:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Noisy()


@pytest.mark.parametrize("stop_at", [0, 1, 2])
def test_going_on_after_a_stop_gives_the_same_bits(tmp_path: Path, stop_at: int) -> None:
    """Stopped by a real SIGINT in the middle of an epoch, twice: the result is that of a run without a stop."""
    small = replace(SHORT, batch_size=16)
    whole = train(NINO, small, model=noisy())

    model, calls = noisy(), 0

    def interrupt(module: nn.Module, inputs: object) -> None:
        nonlocal calls
        if module.training:
            calls += 1
            if calls == 9 + stop_at:
                os.kill(os.getpid(), signal.SIGINT)

    model.register_forward_pre_hook(interrupt)
    handler = signal.getsignal(signal.SIGINT)
    stopped = train(NINO, small, model=model, directory=tmp_path)
    assert signal.getsignal(signal.SIGINT) is handler
    assert not stopped.progress.finished
    assert (stopped.progress.epoch, stopped.progress.batches) == (1, 2 + stop_at)

    resumed = train(NINO, small, model=noisy(), directory=tmp_path, resume=checkpoints.read(tmp_path))
    assert resumed.progress.finished == "all 4 epochs done"
    assert same(whole, resumed)


def test_more_epochs_can_be_asked_for(tmp_path: Path) -> None:
    train(NINO, replace(SHORT, epochs=2), directory=tmp_path)
    again = train(NINO, SHORT, directory=tmp_path, resume=checkpoints.read(tmp_path))
    assert same(train(NINO, SHORT), again)


def test_a_second_interrupt_ends_at_once_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    model, calls = noisy(), 0

    def interrupt(module: nn.Module, inputs: object) -> None:
        nonlocal calls
        calls += module.training
        if calls == 5:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    model.register_forward_pre_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(NINO, SHORT, model=model, directory=tmp_path)
    assert checkpoints.read(tmp_path).progress.epoch == 2


def test_early_stopping_keeps_the_best_epoch() -> None:
    progress = Progress()
    preset = replace(SHORT, epochs=100, patience=3)
    for loss in (5.0, 4.0, 4.5, float("nan"), 4.0):
        assert not progress.finished
        progress.close_epoch(1.0, loss, preset)
    assert (progress.best_epoch, progress.best_loss, progress.finished) == (
        2,
        4.0,
        "no better validation loss for 3 epochs",
    )

    trained = train(NINO, replace(SHORT, epochs=40, patience=3, learning_rate=0.05))
    losses = [validation for _, validation in trained.progress.history]
    assert trained.progress.finished == "no better validation loss for 3 epochs"
    assert trained.progress.best_epoch == losses.index(min(losses)) + 1 == len(losses) - 3


def test_a_loss_that_is_never_a_number_leaves_the_first_weights() -> None:
    model = noisy()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    trained = train(NINO, replace(SHORT, patience=2), model=model, loss=lambda p, t: (p - t).mean() * float("nan"))
    assert (trained.progress.best_epoch, trained.progress.epoch) == (0, 2)
    assert all(before[name].equal(value) for name, value in trained.model.state_dict().items())


def test_what_a_checkpoint_holds(tmp_path: Path) -> None:
    trained = train(NINO, SHORT, seed=5, directory=tmp_path)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["checkpoint.json", "tensors-epoch0004-batch0000.safetensors"]
    facts = json.loads((tmp_path / "checkpoint.json").read_text("utf-8"))
    assert (facts["format"], facts["seed"], facts["preset"]["hidden"], facts["series"]["step"]) == (1, 5, 8, "1 month")
    read = checkpoints.read(tmp_path)
    assert (read.preset, read.scaler, read.progress) == (SHORT, trained.scaler, trained.progress)
    x = torch.randn(2, 30, 3)
    assert read.model(3)(x).equal(trained.model(x))


def test_a_crash_while_saving_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(NINO, replace(SHORT, epochs=1), directory=tmp_path)
    before = checkpoints.read(tmp_path)

    def crash(source: Path, target: Path) -> None:
        if target.name == "checkpoint.json":
            raise OSError("power cut")
        os.rename(source, target)

    monkeypatch.setattr(checkpoints.os, "replace", crash)
    with pytest.raises(OSError, match="power cut"):
        train(NINO, SHORT, directory=tmp_path, resume=before)
    after = checkpoints.read(tmp_path)
    assert after.facts == before.facts
    assert all(after.tensors[name].equal(value) for name, value in before.tensors.items())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: (d / "checkpoint.json").unlink(),
         "{d}/checkpoint.json: No such file or directory; `batchfirst forecast train` makes one"),
        (lambda d: (d / "checkpoint.json").write_text("{"),
         "{d}/checkpoint.json: damaged (JSONDecodeError: Expecting property name enclosed in double quotes: line 1 "
         "column 2 (char 1))"),
        (lambda d: (d / "checkpoint.json").write_text('{"format": 99}'),
         "{d}/checkpoint.json: format 99, this version reads format 1"),
        (lambda d: (d / "checkpoint.json").write_text("{}"), "{d}/checkpoint.json: damaged (KeyError: 'format')"),
        (lambda d: next(d.glob("*.safetensors")).write_bytes(b"xx"), "epoch0001-batch0000.safetensors: damaged ("),
        (lambda d: next(d.glob("*.safetensors")).unlink(), "-batch0000.safetensors: No such file or directory"),
    ],
)  # fmt: skip
def test_damaged_checkpoints(tmp_path: Path, damage: object, message: str) -> None:
    train(NINO, replace(SHORT, epochs=1), directory=tmp_path)
    damage(tmp_path)  # type: ignore[operator]
    with pytest.raises(CheckpointError) as caught:
        checkpoints.read(tmp_path)
    assert message.format(d=tmp_path) in str(caught.value)


def test_other_data_are_refused(tmp_path: Path) -> None:
    train(NINO, replace(SHORT, epochs=1), directory=tmp_path)
    with pytest.raises(CheckpointError) as caught:
        checkpoints.read(tmp_path).check_series(load("nino"))
    assert str(caught.value) == "training began with other data: values was 200, is 732"


def test_the_article_preset_is_the_article() -> None:
    model = ARTICLE.build(1, seed=0)
    assert (model.lstm.num_layers, model.lstm.hidden_size, model.lstm.batch_first) == (5, 64, True)
    assert (ARTICLE.window, ARTICLE.batch_size, ARTICLE.seasonal, ARTICLE.predicts_change) == (30, 5, False, False)
    with torch.no_grad():
        assert model(torch.randn(5, 30, 1)).shape == (5, 1)
        assert model(torch.randn(3, 30, 1)).shape == (3, 1)

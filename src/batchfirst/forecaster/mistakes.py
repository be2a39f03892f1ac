"""The classic silent mistakes, each in a model of its own, and what they cost in test error.

None of these raises an error in torch. Three traps that would make the table of costs lie are avoided:

- Windows of neighbouring times, in time order, form a symmetric matrix where batch == seq (sample i, step j holds
  value i + j), so that exchanging the axes changes nothing; and where batch != seq, reading along the batch still
  reads along time. Hence all windows are shuffled, to train, to validate and to test.
- A season among the features tells a model without memory most of what it needs. Hence the value is the only feature,
  as in the article.
- A head that predicts the change from the last value hides the damage: a useless LSTM leaves it at persistence. Hence
  the head is absolute here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

import batchfirst as bf
from batchfirst.forecaster.data import Series, features, split_series, windows
from batchfirst.forecaster.presets import REFERENCE, Preset
from batchfirst.forecaster.training import Loss, Trained, squared_error, train

LAYOUT = "batch seq features"
Build = Callable[[int, int], nn.Module]


class Right(nn.Module):
    """What the mistakes are made in: the reference with an absolute head."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x)  # batch seq hidden
        predicted: Tensor = self.head(output[:, -1])  # batch 1
        return predicted


class RightTwoLayers(nn.Module):
    """Two layers, the last state of both read in order."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(2 * hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        _, (h_n, _) = self.lstm(x)  # h_n: layers batch hidden
        predicted: Tensor = self.head(h_n.transpose(0, 1).reshape(x.shape[0], -1))  # batch layers*hidden -> batch 1
        return predicted


class BatchReadAsTime(nn.Module):
    """Batch-first data into an LSTM that was built without batch_first=True."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x)
        predicted: Tensor = self.head(output[:, -1])
        return predicted


class ViewForTranspose(BatchReadAsTime):
    """The axes exchanged by view(), which keeps the order in memory and so cuts the samples to pieces."""

    def forward(self, x: Tensor) -> Tensor:
        batch, seq, inputs = x.shape
        steps_first = x.view(seq, batch, inputs)
        output, _ = self.lstm(steps_first)
        predicted: Tensor = self.head(output[-1])
        return predicted


class LastSample(Right):
    """`output[-1]`: the last sample's steps, where the last step of each sample is meant. Silent where batch == seq."""

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x)
        predicted: Tensor = self.head(output[-1])
        return predicted


class FirstStep(Right):
    """`output[:, 0]`: the first step, which has seen one value."""

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x)
        predicted: Tensor = self.head(output[:, 0])
        return predicted


class HiddenView(RightTwoLayers):
    """`h_n.view(batch, -1)` with two layers: layers and samples mixed."""

    def forward(self, x: Tensor) -> Tensor:
        _, (h_n, _) = self.lstm(x)
        predicted: Tensor = self.head(h_n.view(x.shape[0], -1))
        return predicted


class RandomState(Right):
    """h_0 and c_0 drawn at random for each batch, as in the article."""

    def forward(self, x: Tensor) -> Tensor:
        h_0 = torch.randn(1, x.shape[0], self.lstm.hidden_size)
        c_0 = torch.randn(1, x.shape[0], self.lstm.hidden_size)
        output, _ = self.lstm(x, (h_0, c_0))
        predicted: Tensor = self.head(output[:, -1])
        return predicted


def broadcast_loss(predicted: Tensor, target: Float[Tensor, "batch 1"]) -> Tensor:
    """Predictions (batch, 1) less labels (batch,) are all pairs, (batch, batch). By hand, torch warns of nothing."""
    labels = target.squeeze(1)
    return ((predicted - labels) ** 2).mean()


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake beside what is right.

    before, after: the changed code; batch_size: of both; whole_batches: only full batches, where no other would be
    silent.
    """

    title: str
    before: str
    after: str
    wrong: Build
    right: Build = Right
    loss: Loss = squared_error
    batch_size: int = REFERENCE.batch_size
    whole_batches: bool = False


MISTAKES = (
    Mistake(
        "batch-first data into batch_first=False", "nn.LSTM(inputs, hidden, batch_first=True)",
        "nn.LSTM(inputs, hidden)", BatchReadAsTime,
    ),
    Mistake("view for a transpose", "x.transpose(0, 1)", "x.view(seq, batch, inputs)", ViewForTranspose),
    Mistake(
        "output[-1] (batch == seq)", "output[:, -1]", "output[-1]", LastSample,
        batch_size=REFERENCE.window, whole_batches=True,
    ),
    Mistake("output[:, 0]", "output[:, -1]", "output[:, 0]", FirstStep),
    Mistake(
        "h_n.view(batch, -1), two layers", "h_n.transpose(0, 1).reshape(batch, -1)", "h_n.view(batch, -1)",
        HiddenView, RightTwoLayers,
    ),
    Mistake("a loss that broadcasts", "(predicted - target)", "(predicted - target.squeeze(1))", Right,
            loss=broadcast_loss),
    Mistake("h_0 and c_0 drawn at random", "self.lstm(x)", "self.lstm(x, (h_0, c_0))", RandomState),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """Test RMSE one step ahead, in units. mean: of predicting the training part's mean for every window."""

    mistake: Mistake
    right: float
    wrong: float
    mean: float

    @property
    def factor(self) -> float:
        return self.wrong / self.right


def find(mistake: Mistake) -> tuple[bf.Finding, ...]:
    """What bf.audit finds in the wrong model, untrained, on random windows of the shape it would train on."""
    model, x, target = _first_batch(mistake)
    if mistake.loss is squared_error:
        return tuple(bf.audit(model, x, layout=LAYOUT).findings)
    return tuple(bf.audit(lambda x, y: mistake.loss(model(x), y), x, target, layout=[LAYOUT, "batch 1"]).findings)


def watch(mistake: Mistake) -> tuple[bf.Finding, ...]:
    """What bf.watch, which sees shapes only, finds in the first batch."""
    model, x, target = _first_batch(mistake)
    with bf.watch(model, layout=LAYOUT, on_mismatch="record") as watched:
        mistake.loss(model(x), target)
    return tuple(watched.findings)


def _first_batch(mistake: Mistake) -> tuple[nn.Module, Float[Tensor, "batch seq 1"], Float[Tensor, "batch 1"]]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        size = mistake.batch_size
        return mistake.wrong(1, REFERENCE.hidden), torch.randn(size, REFERENCE.window, 1), torch.randn(size, 1)


def preset_for(mistake: Mistake, epochs: int) -> Preset:
    """The reference's settings with an absolute head and the mistake's batch size, for at most `epochs` epochs."""
    return replace(REFERENCE, seasonal=False, predicts_change=False, batch_size=mistake.batch_size, epochs=epochs)


def measure(mistake: Mistake, series: Series, seed: int, epochs: int) -> Cost:
    """Train the right model and the wrong one alike, and test both on shuffled windows."""
    preset = preset_for(mistake, epochs)

    def trained(build: Build, loss: Loss) -> Trained:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = build(1, preset.hidden)
        return train(series, preset, seed, model=model, loss=loss, whole_batches=mistake.whole_batches)

    right, wrong = trained(mistake.right, squared_error), trained(mistake.wrong, mistake.loss)
    split = split_series(series, preset.window)
    test, past = series.values[split.validation :], series.values[: split.train]
    return Cost(
        mistake,
        right=shuffled_rmse(right, series, mistake.whole_batches),
        wrong=shuffled_rmse(wrong, series, mistake.whole_batches),
        mean=(test - past.mean()).square().mean().sqrt().item(),
    )


@torch.no_grad()
def shuffled_rmse(trained: Trained, series: Series, whole_batches: bool = False) -> float:
    """Root mean squared error, in units, one step ahead over the test part, in batches of the size trained with."""
    preset = trained.preset
    split = split_series(series, preset.window)
    steps = features(series, trained.scaler, preset.seasonal)
    x, y = windows(steps, split.validation, split.end, preset.window)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    chunks = [
        part for part in torch.split(order, preset.batch_size) if len(part) == preset.batch_size or not whole_batches
    ]
    errors = [
        trained.scaler.to_units(trained.model(x[part])) - trained.scaler.to_units(y[part]) for part in chunks
    ]  # each (batch, 1)
    return math.sqrt(torch.cat(errors).double().square().mean().item())

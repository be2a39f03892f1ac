"""The models: the reference forecaster, and the article's, as published and put right. Shapes by axis name."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

import batchfirst as bf


@bf.checked
class Forecaster(nn.Module):
    """One LSTM over a window, and a head on its last step.

    inputs: features per step, the value first; predicts_change: the head gives the change from the window's last
    value; otherwise the value itself.
    """

    def __init__(self, inputs: int, hidden: int, layers: int = 1, predicts_change: bool = True) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, num_layers=layers, batch_first=True)
        self.head = nn.Linear(hidden, 1)
        self.predicts_change = predicts_change

    def forward(self, x: Float[Tensor, "batch seq features"]) -> Float[Tensor, "batch 1"]:
        output, _ = self.lstm(x)  # batch seq hidden; h_0 and c_0 are zeros, whatever the batch
        last = bf.last_step(output, self.lstm)  # batch hidden
        predicted: Tensor = self.head(last)  # batch 1
        if self.predicts_change:
            predicted = predicted + x[:, -1, :1]  # batch 1: only the value, not the season
        return predicted


@bf.checked
class ArticleForecaster(nn.Module):
    """The article's model, put right: the sizes are read from the shape, the state starts at zero.

    The article's sizes are inputs 1, hidden 64, layers 5, in batches of 5 windows of 30 values.
    """

    def __init__(self, inputs: int = 1, hidden: int = 64, layers: int = 5) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, num_layers=layers, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, x: Float[Tensor, "batch seq features"]) -> Float[Tensor, "batch 1"]:
        output, _ = self.lstm(x)  # batch seq features (5, 30, 1) -> batch seq hidden (5, 30, 64)
        predicted: Tensor = self.linear(output)  # batch seq 1 (5, 30, 1)
        return predicted[:, -1, :]  # batch 1 (5, 1)


class ArticleAsPublished(nn.Module):
    """The article's model with its two mistakes kept: a random state of a fixed batch size, and data read as sizes.

    Shown in `batchfirst demo`; not for use. It takes batches of exactly `batch_size` windows.
    """

    def __init__(self, inputs: int = 1, hidden: int = 64, layers: int = 5, batch_size: int = 5) -> None:
        super().__init__()
        self.hidden, self.layers, self.batch_size = hidden, layers, batch_size
        self.lstm = nn.LSTM(inputs, hidden, num_layers=layers, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, input_seq: Tensor) -> Tensor:
        batch_size, seq_len = input_seq[0], input_seq[1]  # two samples, not two sizes  # noqa: F841
        h_0 = torch.randn(self.layers, self.batch_size, self.hidden)
        c_0 = torch.randn(self.layers, self.batch_size, self.hidden)
        output, _ = self.lstm(input_seq, (h_0, c_0))  # (5, 30, 64)
        pred: Tensor = self.linear(output)  # (5, 30, 1)
        return pred[:, -1, :]  # (5, 1)


class ArticleHalfRepaired(ArticleAsPublished):
    """The obvious repair of the fixed batch size: use the one that was just read. But that is data."""

    def forward(self, input_seq: Tensor) -> Tensor:
        batch_size, seq_len = input_seq[0], input_seq[1]  # noqa: F841
        h_0 = torch.zeros(self.layers, batch_size, self.hidden)  # type: ignore[call-overload]  # that is the mistake
        c_0 = torch.zeros(self.layers, batch_size, self.hidden)  # type: ignore[call-overload]
        output, _ = self.lstm(input_seq, (h_0, c_0))
        pred: Tensor = self.linear(output)
        return pred[:, -1, :]

"""Auto-encoder: encoder batch first, decoder LSTM left seq-first in the second half of a Sequential."""
import torch
from torch import nn

META = dict(
    id='c123',
    source='own; LSTM auto-encoder built from two helper blocks',
    title='batch_first passed to the encoder block only',
    loud=False,
    cause='mixed_batch_first',
    explanation='The decoder block reads (batch, seq, H) as (seq, batch, H): reconstruction runs over the samples.',
    fix='batch_first=True in both blocks',
    layout='batch seq features',
)


class Block(nn.Module):
    def __init__(self, n_in, n_out, **how):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_out, **how)  # BUG

    def forward(self, x):
        return self.rnn(x)[0]  # BUG


class Repeat(nn.Module):
    def forward(self, x):
        return x[:, -1:].expand_as(x)


def _model(**how):
    torch.manual_seed(0)
    return nn.Sequential(Block(3, 6, batch_first=True), Repeat(), Block(6, 6, **how), nn.Linear(6, 3))  # BUG


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 7, 3),)


def make():
    return _model(), _data(), None  # BUG


def fixed():
    return _model(batch_first=True), _data(), None


def run(model, inputs, targets):
    return (model(*inputs) - inputs[0]).abs().mean(dim=(1, 2))

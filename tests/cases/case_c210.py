"""Greedy tagger as nn.Sequential pieces: log-softmax over dim=1 of (batch, seq, tags) before the argmax mask."""
import torch
from torch import nn

META = dict(
    id='c210', source='mead-ml/mead-baseline#363',
    title='baseline tagger fixes (softmax on the wrong dim)',
    loud=False, cause='softmax_axis',
    explanation='Scores are (batch, seq, tags); nn.LogSoftmax(dim=1) normalises over the words of a sentence '
                'instead of over the tags.',
    fix='nn.LogSoftmax(dim=2)',
    layout='batch seq features',
)
class Pick(nn.Module):
    def forward(self, pair):
        return pair[0]


def network(dim):
    return nn.Sequential(
        nn.LSTM(4, 6, batch_first=True, bidirectional=True), Pick(), nn.Dropout(0.2), nn.Linear(12, 5),
        nn.LogSoftmax(dim=dim))  # BUG


def make():
    torch.manual_seed(0)
    return (network(1), *_inputs())  # BUG


def fixed():
    torch.manual_seed(0)
    return (network(2), *_inputs())


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 7, 4),), None


def run(model, inputs, targets):
    return model(*inputs)

"""Sensor windows padded at the end with zeros, lengths at hand, out[:, -1] read."""
import torch
from torch import nn

META = dict(
    id='c029',
    source='pytorch forum threads on padded batches (the state after the padding is read)',
    title='pad_sequence + out[:, -1]',
    loud=False,
    cause='last_step_padding',
    explanation='For every recording shorter than the longest one the last position is padding: the LSTM has run on'
                ' over zeros.',
    fix='out[torch.arange(n), lengths - 1]',
    layout=['batch seq features', None],
)
D, H = 4, 6


class GaitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(D, 5)
        self.lstm = nn.LSTM(5, H, 2, batch_first=True)
        self.fc = nn.Linear(H, 3)

    def last(self, out, lengths):
        return out[:, -1, :]  # BUG

    def forward(self, x, lengths):
        out, _ = self.lstm(torch.relu(self.proj(x)))
        return self.fc(self.last(out, lengths))  # BUG


class GaitNetFixed(GaitNet):
    def last(self, out, lengths):
        return out[torch.arange(out.size(0)), lengths - 1]


def _data():
    torch.manual_seed(1)
    recordings = [torch.randn(n, D) for n in (6, 11, 8, 5)]
    return nn.utils.rnn.pad_sequence(recordings, batch_first=True), torch.tensor([len(r) for r in recordings])


def make():
    torch.manual_seed(0)
    return GaitNet(), _data(), None


def fixed():
    torch.manual_seed(0)
    return GaitNetFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""EEG with Conv1d, channels equal steps: the convolution runs over electrodes."""
import torch
from torch import nn

META = dict(
    id='c125',
    source='own; sizes coincide (8 electrodes, 8 steps)',
    title='Conv1d and MaxPool1d on (batch, seq, features)',
    loud=False,
    cause='conv_no_permute',
    explanation='Conv1d slides along the last axis: here the electrodes; time is taken for the channels and pooling'
                ' halves the electrodes.',
    fix='permute(0, 2, 1) before the convolution, and back after it',
    layout='batch seq features',
)
N = 8


class Seizure(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv1d(N, N, 3, padding=1), nn.BatchNorm1d(N), nn.ReLU())
        self.gru = nn.GRU(N, 6, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(12, 1)

    def local(self, x):
        return self.conv(x)  # BUG

    def forward(self, x):
        _, h = self.gru(self.local(x))
        return self.fc(h.transpose(0, 1).flatten(1)).squeeze(-1)


class SeizureFixed(Seizure):
    def local(self, x):
        return self.conv(x.permute(0, 2, 1)).permute(0, 2, 1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, N, N),)


def make():
    torch.manual_seed(0)
    return Seizure(), _data(), None


def fixed():
    torch.manual_seed(0)
    return SeizureFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

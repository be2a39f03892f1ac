"""BatchNorm1d after the embedding of (batch, seq, emb): the channel count does not fit."""
import torch
from torch import nn

META = dict(
    id='c100',
    source='own; "running_mean should contain 9 elements not 6"',
    title='BatchNorm1d(features) on (batch, seq, features)',
    loud=True,
    cause='bn_axis',
    explanation='BatchNorm1d takes axis 1 for the channels; here that is time.',
    fix='self.bn(x.transpose(1, 2)).transpose(1, 2)',
    layout='batch seq features',
)


class Normed(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(6)
        self.lstm = nn.LSTM(6, 5, batch_first=True)
        self.fc = nn.Linear(5, 2)

    def scale(self, x):
        return self.bn(x)  # BUG

    def forward(self, x):
        return self.fc(self.lstm(self.scale(x))[0][:, -1])


class NormedFixed(Normed):
    def scale(self, x):
        return self.bn(x.transpose(1, 2)).transpose(1, 2)


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 9, 6),)


def make():
    torch.manual_seed(0)
    return Normed(), _data(), None


def fixed():
    torch.manual_seed(0)
    return NormedFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

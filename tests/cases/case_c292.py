"""Reversible instance normalisation with the statistics taken over the batch."""
import torch
from torch import nn

META = dict(
    id='c292', source='recurring mistake in hand-written RevIN / per-window scaling (numpy axis=0 kept for a batch)',
    title='x.mean(dim=0): every window is scaled with the other windows',
    loud=False, cause='norm_over_batch',
    explanation='Per-window statistics are over time (axis 1 of (batch, steps, channels)). On axis 0 they are over '
                'the '
                'samples of '
                'the mini-batch: a forecast depends on which windows are next to it, and a batch of one is blanked.',
    fix='mean/std over dim=1',
    layout='batch seq features',
)


class RevIN(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gain, self.bias = nn.Parameter(torch.ones(c)), nn.Parameter(torch.zeros(c))

    def stats(self, x):
        mean = x.mean(dim=0, keepdim=True)  # BUG
        std = torch.sqrt(x.var(dim=0, keepdim=True, unbiased=False) + 1e-5)  # BUG
        return mean, std

    def forward(self, x):
        mean, std = self.stats(x)
        self.last = mean[:, -1:], std[:, -1:]
        return (x - mean) / std * self.gain + self.bias

    def undo(self, y):
        mean, std = self.last
        return (y - self.bias) / self.gain * std + mean


class RevINRight(RevIN):
    def stats(self, x):
        mean = x.mean(dim=1, keepdim=True)
        std = torch.sqrt(x.var(dim=1, keepdim=True, unbiased=False) + 1e-5)
        return mean, std


class Forecaster(nn.Module):
    def __init__(self, revin, c=3, hid=8, horizon=5):
        super().__init__()
        self.revin = revin(c)
        self.lstm = nn.LSTM(c, hid, batch_first=True)
        self.head = nn.Linear(hid, horizon * c)
        self.shape = (horizon, c)

    def forward(self, x):
        z = self.revin(x)
        y = self.head(self.lstm(z)[0][:, -1]).unflatten(-1, self.shape)
        return self.revin.undo(y)


def _data():
    torch.manual_seed(97)
    level = 10 * torch.rand(6, 1, 3)
    return (level + torch.randn(6, 18, 3),), level + torch.randn(6, 5, 3)


def make():
    torch.manual_seed(0)
    return (Forecaster(RevIN),) + _data()


def fixed():
    torch.manual_seed(0)
    return (Forecaster(RevINRight),) + _data()


def run(model, inputs, targets):
    return model(*inputs)

"""Radar frames (batch, time, 1, rows, cols) through a shared CNN, then an LSTM over time."""
import torch
from torch import nn

META = dict(
    id='c300', source='recurring error in CNN-LSTM posts (pytorch/pytorch#86576 for the message)',
    title='CNN features keep their two spatial axes: 5-D input for the LSTM',
    loud=True, cause='input_4d',
    explanation='After unfolding the time axis the features are (batch, time, maps, rows, cols); the LSTM wants one '
                'feature axis.',
    fix='z.flatten(2)',
    layout='batch seq channel rows cols',
)


class Nowcast(nn.Module):
    def __init__(self, maps=3, side=4, hid=10):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, maps, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2))
        self.lstm = nn.LSTM(maps * side * side, hid, batch_first=True)
        self.rain = nn.Linear(hid, 1)

    def tokens(self, z):
        return z

    def forward(self, frames):
        b, t = frames.shape[:2]
        z = self.cnn(frames.flatten(0, 1)).unflatten(0, (b, t))
        seq, _ = self.lstm(self.tokens(z))  # BUG
        return self.rain(seq[:, -1])


class NowcastRight(Nowcast):
    def tokens(self, z):
        return z.flatten(2)


def _x():
    torch.manual_seed(137)
    return (torch.rand(4, 6, 1, 8, 8),)


def make():
    torch.manual_seed(0)
    return Nowcast(), _x(), None


def fixed():
    torch.manual_seed(0)
    return NowcastRight(), _x(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Frames folded into the batch for the CNN and unfolded again for a seq-first LSTM."""
import torch
import torch.nn as nn

META = dict(
    id='y027', source='own', title='time-distributed CNN, then a seq-first LSTM', loud=False, cause='none',
    explanation='(B, T, C, H, W) -> (B*T, ...) -> (B, T, F) -> transpose -> (T, B, F): folding and unfolding keep '
                'the order.',
    layout='batch seq channel height width',
)


class TimeDistributed(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        n, t = x.shape[:2]
        return self.module(x.flatten(0, 1)).unflatten(0, (n, t))


class Gesture(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = TimeDistributed(nn.Sequential(
            nn.Conv2d(3, 6, 3, 2), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveMaxPool2d(1),
                                                 nn.Flatten()))
        self.rnn = nn.LSTM(6, 8, num_layers=2)
        self.out = nn.Linear(8, 5)

    def forward(self, clip):
        steps = self.cnn(clip).transpose(0, 1)
        out, _ = self.rnn(steps)
        return self.out(out[-1])


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 4, 3, 7, 9),)


def make():
    torch.manual_seed(0)
    return Gesture(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

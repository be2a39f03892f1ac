"""Multivariate forecasting: BatchNorm1d(window) on (batch, window, features) after the LSTM."""
import torch
from torch import nn

META = dict(
    id='c030',
    source='own; "running_mean should contain 24 elements" repaired by BatchNorm1d(24)',
    title='BatchNorm1d sized by the window to silence the error',
    loud=False,
    cause='bn_axis',
    explanation='BatchNorm1d normalises axis 1. On (batch, window, hidden) that is time: each step is normalised '
                'over all hidden units, and the network only works for this window.',
    fix='nn.BatchNorm1d(hidden) on out.transpose(1, 2)',
    layout='batch seq features',
)
WINDOW, D, H = 8, 3, 6


class Forecast(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.bn = nn.BatchNorm1d(norm)  # BUG
        self.fc = nn.Linear(H, D)

    def normed(self, out):
        return self.bn(out)  # BUG

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(torch.relu(self.normed(out))[:, -1])


class ForecastFixed(Forecast):
    def normed(self, out):
        return self.bn(out.transpose(1, 2)).transpose(1, 2)


def _trained(model, affine):
    with torch.no_grad():                                            # as after some training
        model.bn.running_mean.copy_(torch.linspace(-0.2, 0.2, affine))
        model.bn.weight.copy_(torch.linspace(0.5, 1.5, affine))
    return model


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, WINDOW, D),)


def make():
    torch.manual_seed(0)
    return _trained(Forecast(WINDOW), WINDOW), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return _trained(ForecastFixed(H), H), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

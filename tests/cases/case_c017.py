"""nn.Sequential(LSTM, Linear): the LSTM returns a tuple."""
import torch
from torch import nn

META = dict(
    id='c017',
    source='pytorch/pytorch#3349',
    title='Sequential does not allow multi-output modules such as LSTM',
    loud=True,
    cause='tuple_passed_on',
    explanation='nn.LSTM returns (output, (h_n, c_n)); the next layer of the Sequential gets the whole tuple.',
    fix='put a module between them that returns output[:, -1]',
    layout='batch seq features',
)


class LastStep(nn.Module):
    def forward(self, result):
        out, _ = result
        return out[:, -1]


def _layers(*between):
    torch.manual_seed(0)
    return nn.Sequential(nn.LSTM(4, 6, batch_first=True), *between, nn.ReLU(), nn.Linear(6, 2))  # BUG


def _data():
    torch.manual_seed(1)
    return (torch.randn(3, 9, 4),)


def make():
    return _layers(), _data(), None  # BUG


def fixed():
    return _layers(LastStep()), _data(), None


def run(model, inputs, targets):
    return model(*inputs)  # BUG

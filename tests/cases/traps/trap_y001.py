"""Time-major on purpose: data, LSTM and attention over time all keep (steps, series, ...)."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='y001', source='own program', title='seq-first throughout, softmax over axis 0',
    explanation='Axis 0 is time everywhere, so softmax(dim=0) and sum(0) are over time.',
    layout='seq batch features',
)


class TimeMajor(nn.Module):
    def __init__(self, d=4, h=7):
        super().__init__()
        self.rnn = nn.LSTM(d, h, 2)
        self.score = nn.Sequential(nn.Linear(h, h), nn.Tanh(), nn.Linear(h, 1))
        self.out = nn.Linear(2 * h, 3)

    def forward(self, x):
        y, (h, _) = self.rnn(x)
        alpha = F.softmax(self.score(y), dim=0)
        pooled = (alpha * y).sum(0)
        return self.out(torch.cat([pooled, h[-1]], dim=1)), alpha.squeeze(-1).t()


def make():
    torch.manual_seed(0)
    m = TimeMajor()
    torch.manual_seed(1)
    return m, (torch.randn(11, 6, 4),), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""Axial recurrences: one LSTM over time for each sensor, one over the (ordered) depth sensors for each time."""
import torch
from torch import nn

META = dict(
    id='y020',
    source='own program (ReNet / inverted transformer ideas)', title='an LSTM over the sensor axis on purpose',
    explanation='The sensors lie along a borehole; walking along them is intended. Attention tokens are the sensors.',
    layout='batch seq features',
)


class Borehole(nn.Module):
    def __init__(self, steps=12, h=4):
        super().__init__()
        self.over_time = nn.LSTM(1, h, batch_first=True)
        self.over_depth = nn.LSTM(h, h, batch_first=True, bidirectional=True)
        self.token = nn.Linear(steps, 2 * h)
        self.att = nn.MultiheadAttention(2 * h, 2, batch_first=True)
        self.out = nn.Linear(2 * h, 1)

    def forward(self, x):
        b, t, s = x.shape
        a = self.over_time(x.permute(0, 2, 1).reshape(b * s, t, 1))[0].reshape(b, s, t, -1)
        d = self.over_depth(a.permute(0, 2, 1, 3).flatten(0, 1))[0].unflatten(0, (b, t))     # (B, T, S, 2h)
        tokens = self.token(x.transpose(1, 2))                                               # (B, S, 2h)
        mixed = self.att(tokens, tokens, tokens, need_weights=False)[0]
        return self.out(d[:, -1] + mixed).squeeze(-1)


def make():
    torch.manual_seed(0)
    m = Borehole()
    torch.manual_seed(1)
    return m, (torch.randn(3, 12, 5),), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""RNNCell over x.split(1, dim=0) of batch-first one-hot names: loud, the state has the wrong rows."""
import torch
from torch import nn

META = dict(
    id='c115',
    source='own; RNNCell loops, "Input batch size 7 doesn\'t match hidden batch size 4"',
    title='x[t] on (batch, seq, features) with a state for batch samples',
    loud=True,
    cause='cell_loop_axis',
    explanation='x[t] is sample t with its 7 steps; the state was made for 4 samples.',
    fix='x[:, t]',
    layout='batch seq features',
)
D, H = 5, 6


class Names(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.RNNCell(D, H)
        self.fc = nn.Linear(H, 3)

    def at(self, x, t):
        return x[t]  # BUG

    def forward(self, x):
        h = x.new_zeros(x.size(0), H)
        for t in range(x.size(0)):  # BUG
            h = self.cell(self.at(x, t), h)  # BUG
        return self.fc(h).log_softmax(dim=-1)


class NamesFixed(Names):
    def at(self, x, t):
        return x[:, t]

    def forward(self, x):
        h = x.new_zeros(x.size(0), H)
        for t in range(x.size(1)):
            h = self.cell(self.at(x, t), h)
        return self.fc(h).log_softmax(dim=-1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 7, D),)


def make():
    torch.manual_seed(0)
    return Names(), _data(), None


def fixed():
    torch.manual_seed(0)
    return NamesFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

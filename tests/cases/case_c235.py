"""Peephole variant of an LSTM cell: the next layer of a hand-built stack gets c."""
import torch
from torch import nn

META = dict(
    id='c235', source='GitHub stacked LSTM implementations with (h, c) mixed up in the loop',
    title='Stack feeds the cell state upwards',
    loud=False, cause='cell_state_as_output',
    explanation='The layers of the stack hand c on instead of h, and the prediction is made from c as well.',
    fix='inp = h',
    layout='batch seq features',
)
H = 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([nn.LSTMCell(3, H), nn.LSTMCell(H, H), nn.LSTMCell(H, H)])
        self.fc = nn.Linear(H, 1)

    def up(self, h, c):
        return c  # BUG

    def forward(self, x):
        states = [(x.new_zeros(len(x), H), x.new_zeros(len(x), H)) for _ in self.cells]
        for t in range(x.size(1)):
            inp = x[:, t]
            for n, cell in enumerate(self.cells):
                states[n] = cell(inp, states[n])  # BUG
                inp = self.up(*states[n])
        return self.fc(inp)  # BUG


class NetFixed(Net):
    def up(self, h, c):
        return h


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 5, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

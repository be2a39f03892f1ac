"""Stacked LSTMCells of an architecture-search controller: (h, c) unpacked as (c, h)."""
import torch
from torch import nn

META = dict(
    id='c067',
    source='microsoft/nni#2839 (StackedLSTMCell)',
    title='nn.LSTMCell outputs (hidden, cell), but the order is changed in the implementation',
    loud=False,
    cause='cell_state_as_output',
    explanation='LSTMCell returns (h, c). Unpacked as "curr_c, curr_h" the cell state is passed upwards and '
                'returned as the output.',
    fix='curr_h, curr_c = cell(inputs, state)',
    layout='batch seq features',
)
D, H, L = 4, 6, 2


class StackedLSTMCell(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([nn.LSTMCell(D if i == 0 else H, H) for i in range(L)])

    def one(self, cell, x, h, c):
        c, h = cell(x, (h, c))  # BUG
        return h, c

    def forward(self, x, hidden):
        nxt = []
        for cell, (h, c) in zip(self.cells, hidden):
            h, c = self.one(cell, x, h, c)
            nxt.append((h, c))
            x = h  # BUG
        return x, nxt


class StackedLSTMCellFixed(StackedLSTMCell):
    def one(self, cell, x, h, c):
        h, c = cell(x, (h, c))
        return h, c


class Controller(nn.Module):
    def __init__(self, core):
        super().__init__()
        self.core = core
        self.choice = nn.Linear(H, 5)

    def forward(self, x):
        zero = x.new_zeros(x.size(0), H)
        hidden, logits = [(zero, zero)] * L, []
        for t in range(x.size(1)):
            out, hidden = self.core(x[:, t], hidden)
            logits.append(2.5 * torch.tanh(self.choice(out)))  # BUG
        return torch.stack(logits, 1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(3, 5, D),)


def make():
    torch.manual_seed(0)
    return Controller(StackedLSTMCell()), _data(), None


def fixed():
    torch.manual_seed(0)
    return Controller(StackedLSTMCellFixed()), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

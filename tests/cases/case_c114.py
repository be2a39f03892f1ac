"""enumerate(x) over batch-first data with a GRUCell and x of equal batch and length."""
import torch
from torch import nn

META = dict(
    id='c114',
    source='own; "for step in x:" iterates over axis 0',
    title='for step in x: h = cell(step, h) on (batch, seq, features)',
    loud=False,
    cause='cell_loop_axis',
    explanation='Iterating over a tensor goes along axis 0, the samples; the state runs from sample to sample. '
                'Sizes coincide, so every shape fits.',
    fix='for step in x.unbind(1)',
    layout='batch seq features',
)
D, H = 3, 6


class Walker(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(D, 4)
        self.cell = nn.GRUCell(4, H)
        self.out = nn.Linear(H, 2)

    def steps(self, x):
        return x  # BUG

    def forward(self, x):
        h = x.new_zeros(x.size(0), H)
        for step in self.steps(torch.relu(self.inp(x))):  # BUG
            h = self.cell(step, h)  # BUG
        return self.out(h)


class WalkerFixed(Walker):
    def steps(self, x):
        return x.unbind(1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, 5, D),)


def make():
    torch.manual_seed(0)
    return Walker(), _data(), None


def fixed():
    torch.manual_seed(0)
    return WalkerFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

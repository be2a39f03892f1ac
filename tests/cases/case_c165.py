"""Elman network written by hand: `for x_t in x` on batch-first data, the state broadcasts."""
import torch
from torch import nn

META = dict(
    id='c165', source='stackoverflow.com question on a vanilla RNN from scratch in PyTorch',
    title='RNN from scratch: iterating over the first dimension of a batch-first tensor',
    loud=False, cause='cell_loop_axis',
    explanation='Iterating over x goes over the samples. The state starts as one vector and broadcasts to (seq, '
                'hidden), so the memory runs from sample to sample and never along time.',
    fix='for x_t in x.transpose(0, 1):',
    layout='batch seq features',
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.wx = nn.Linear(3, H)
        self.wh = nn.Linear(H, H, bias=False)
        self.wy = nn.Linear(H, 1)

    def steps(self, x):
        return x  # BUG

    def forward(self, x):
        h = torch.zeros(H)
        for x_t in self.steps(x):  # BUG
            h = torch.tanh(self.wx(x_t) + self.wh(h))  # BUG
        return self.wy(h)


class NetFixed(Net):
    def steps(self, x):
        return x.transpose(0, 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(5, 6, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Hypernetwork: a GRU over a context writes per-sample weights applied with bmm."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y073', source='own',
    title='Hypernetwork: a GRU over a context writes per-sample weights applied with bmm',
    explanation='Each sample gets its own weight matrix of (out, in); bmm and baddbmm keep samples apart.',
    layout=['batch seq features', 'batch seq features'],
)


class Hyper(nn.Module):
    def __init__(self, d=3, h=6, i=4, o=2):
        super().__init__()
        self.i, self.o = i, o
        self.ctx = nn.GRU(d, h, batch_first=True)
        self.w = nn.Linear(h, i * o)
        self.b = nn.Linear(h, o)

    def forward(self, context, query):
        h = self.ctx(context)[1].squeeze(0)
        w = self.w(h).view(-1, self.o, self.i)
        return torch.baddbmm(self.b(h).unsqueeze(1), query, w.transpose(1, 2))


def make():
    torch.manual_seed(0)
    m = Hyper()
    torch.manual_seed(1)
    return m, (torch.randn(5, 7, 3), torch.randn(5, 6, 4)), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

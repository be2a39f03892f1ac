"""Siamese network: both sentences stacked on axis 0, the states viewed as (batch, 2, H)."""
import torch
from torch import nn

META = dict(
    id='c191', source='GitHub siamese LSTM code with one call for both sides',
    title='Splitting the stacked pairs after one LSTM call',
    loud=False, cause='hn_view_scramble',
    explanation='After cat([left, right]) row i and row i + batch belong together. view(batch, 2, H) pairs rows '
                '2i and 2i + 1, i.e. two left sentences.',
    fix='left, right = h[-1].chunk(2)',
    layout=[ "batch seq features", "batch seq features"],
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, H, batch_first=True)

    def pairs(self, h, n):
        return h.view(n, 2, H).unbind(1)  # BUG

    def forward(self, left, right):
        _, (h, _) = self.lstm(torch.cat([left, right]))
        a, b = self.pairs(h[-1], left.size(0))  # BUG
        return torch.exp(-(a - b).abs().sum(1))  # BUG


class NetFixed(Net):
    def pairs(self, h, n):
        return h.chunk(2)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 4), torch.randn(4, 6, 4)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

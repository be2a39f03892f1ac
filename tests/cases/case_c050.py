"""hidden.view(-1, H) of a two-layer state: twice as many rows as samples, cut to the batch."""
import torch
from torch import nn

META = dict(
    id='c050',
    source='own; "view(-1, hidden)" followed by a slice to repair the number of rows',
    title='h_n.view(-1, H)[:batch] takes the first layer',
    loud=False,
    cause='hn_view_layers',
    explanation='view(-1, H) stacks the layers on the batch axis; the first batch rows are the bottom layer.',
    fix='h_n[-1]',
    layout='batch seq features',
)
D, H, L = 3, 6, 3


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H, L, batch_first=True)
        self.proj = nn.Linear(H, 4)

    def code(self, h_n, n):
        return h_n.view(-1, H)[:n]  # BUG

    def forward(self, x):
        _, h_n = self.gru(x)
        return torch.tanh(self.proj(self.code(h_n, x.size(0))))  # BUG


class EncoderFixed(Encoder):
    def code(self, h_n, n):
        return h_n[-1]


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, 8, D),)


def make():
    torch.manual_seed(0)
    return Encoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return EncoderFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

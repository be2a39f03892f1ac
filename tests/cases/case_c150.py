"""Positional encoding of the seq-first tutorial added to batch-first data: each sample gets one position's code."""
import math

import torch
from torch import nn

META = dict(
    id='c150', source='tanjimin/C.Origami#42 (also songyangco/GETNext#2)',
    title='A problem in the PositionalEncoding model code',
    loud=False, cause='minibatch_index_axis',
    explanation='pe is (max_len, 1, d) and is cut to x.size(0); with x (batch, seq, d) the codes are added along '
                'the batch: every step of sample i gets the code of position i, and order is lost to the '
                'attention.',
    fix='x = x + self.pe[:x.size(1)].transpose(0, 1)',
    layout='batch seq features',
)
D = 8


class PositionalEncoding(nn.Module):
    def __init__(self, max_len=50):
        super().__init__()
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, D, 2) * (-math.log(10000.0) / D))
        pe = torch.zeros(max_len, 1, D)
        pe[:, 0, 0::2] = torch.sin(position * div_term)
        pe[:, 0, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return x + self.pe[: x.size(0)]  # BUG


class PositionalEncodingFixed(PositionalEncoding):
    def forward(self, x):
        return x + self.pe[: x.size(1)].transpose(0, 1)


class Net(nn.Module):
    encoding = PositionalEncoding

    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(3, D)
        self.pos = self.encoding()
        self.encoder = nn.TransformerEncoderLayer(D, 2, 16, batch_first=True)
        self.out = nn.Linear(D, 1)

    def forward(self, x):
        return self.out(self.encoder(self.pos(self.inp(x)))[:, -1])  # BUG


class NetFixed(Net):
    encoding = PositionalEncodingFixed


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Tabular rows (batch, features) into a GRU: the rows of the batch become a sequence."""
import torch
from torch import nn

META = dict(
    id='c057',
    source='own; recurrent layer put behind a Linear without a time axis',
    title='GRU on (batch, features)',
    loud=False,
    cause='missing_seq_axis',
    explanation='The 2-D tensor is read as one unbatched sequence: row i depends on all rows before it.',
    fix='self.gru(x.unsqueeze(1))[0].squeeze(1)',
    layout='batch features',
)
D, H = 6, 5


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.pre = nn.Sequential(nn.Linear(D, 8), nn.ReLU())
        self.gru = nn.GRU(8, H, batch_first=True)
        self.post = nn.Linear(H, 1)

    def recur(self, x):
        return self.gru(x)[0]  # BUG

    def forward(self, x):
        return self.post(self.recur(self.pre(x))).squeeze(-1)


class ScorerFixed(Scorer):
    def recur(self, x):
        return self.gru(x.unsqueeze(1))[0].squeeze(1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(7, D),)


def make():
    torch.manual_seed(0)
    return Scorer(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ScorerFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

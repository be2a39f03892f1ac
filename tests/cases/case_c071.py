"""Samples sorted by length, but the lengths used for the last step are the unsorted ones."""
import torch
from torch import nn

META = dict(
    id='c071',
    source='own; gather of the last step after sorting',
    title='out[arange, lengths - 1] with lengths of another order than out',
    loud=False,
    cause='lengths_misaligned',
    explanation='x is put in the order of the lengths, the lengths are not; each row is read at the last step of '
                'another sample.',
    fix='lengths = lengths[order] beside x = x[order]',
    layout=['batch seq features', None],
)
D, H = 3, 7


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H, num_layers=2, batch_first=True)
        self.fc = nn.Linear(H, 1)

    def ordered(self, x, lengths, order):
        return x[order], lengths  # BUG

    def forward(self, x, lengths):
        order = torch.argsort(lengths, descending=True)
        x, lengths = self.ordered(x, lengths, order)
        out, _ = self.gru(x)
        last = out[torch.arange(x.size(0)), lengths - 1]  # BUG
        return self.fc(last)[torch.argsort(order)].squeeze(-1)


class ReaderFixed(Reader):
    def ordered(self, x, lengths, order):
        return x[order], lengths[order]


def _data():
    torch.manual_seed(1)
    lengths = torch.tensor([4, 9, 6, 7])
    return torch.randn(4, 9, D) * (torch.arange(9) < lengths[:, None]).unsqueeze(-1), lengths


def make():
    torch.manual_seed(0)
    return Reader(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ReaderFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

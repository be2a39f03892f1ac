"""Gather at lengths instead of lengths - 1: the first padded step."""
import torch
from torch import nn

META = dict(
    id='c105',
    source='own; off by one in the index of the last real step',
    title='out[arange, lengths.clamp(max=T - 1)]',
    loud=False,
    cause='last_step_padding',
    explanation='The last real step of a sequence of length n is n - 1; index n is padding (clamped for the longest'
                ' one).',
    fix='out[arange, lengths - 1]',
    layout=['batch seq features', None],
)
D, H = 4, 6


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H, batch_first=True)
        self.fc = nn.Linear(H, 1)

    def index(self, lengths, steps):
        return lengths.clamp(max=steps - 1)  # BUG

    def forward(self, x, lengths):
        out, _ = self.gru(x)
        rows = torch.arange(x.size(0))
        last = out[rows, self.index(lengths, x.size(1))]  # BUG
        return self.fc(last).sigmoid().squeeze(-1)


class ScorerFixed(Scorer):
    def index(self, lengths, steps):
        return lengths - 1


def _data():
    torch.manual_seed(1)
    lengths = torch.tensor([5, 9, 7, 4])
    return torch.randn(4, 9, D) * (torch.arange(9) < lengths[:, None]).unsqueeze(-1), lengths


def make():
    torch.manual_seed(0)
    return Scorer(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ScorerFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Quantile (pinball) loss broadcasting (b, 1) against (b, q) and (q,)."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y055', source='own',
    title='Quantile (pinball) loss broadcasting (b, 1) against (b, q) and (q,)',
    explanation='y[:, None] meets (b, q) predictions and (q,) levels; each sample keeps its own target.',
    layout=['batch seq features', 'batch'],
)


class Quantiles(nn.Module):
    def __init__(self, d=3, h=8):
        super().__init__()
        self.register_buffer('q', torch.tensor([.1, .5, .9]))
        self.rnn = nn.GRU(d, h, batch_first=True)
        self.base = nn.Linear(h, 1)
        self.step = nn.Linear(h, 2)

    def forward(self, x):
        o, _ = self.rnn(x)
        last = o[:, -1]
        return torch.cat([self.base(last), F.softplus(self.step(last))], 1).cumsum(1)


def make():
    torch.manual_seed(0)
    m = Quantiles()
    torch.manual_seed(1)
    return m, (torch.randn(3, 12, 3), torch.randn(3)), None


fixed = make


def run(model, inputs, targets):
    x, y = inputs
    e = y[:, None] - model(x)
    return torch.maximum(model.q * e, (model.q - 1) * e).sum(1).mean()

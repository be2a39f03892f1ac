"""LSTM + self-attention forecaster: batch_first given to the LSTM only."""
import torch
from torch import nn

META = dict(
    id='c293', source='yxlu-0102/MP-SENet#21 (MultiheadAttention without batch_first on (batch, time, c))',
    title='nn.MultiheadAttention reads the batch as its sequence',
    loud=False, cause='mha_batch_first',
    explanation='nn.MultiheadAttention defaults to (seq, batch, embed). The LSTM output is (batch, steps, embed), '
                'so each '
                'step '
                'attends over the series of the batch.',
    fix='nn.MultiheadAttention(d, heads, batch_first=True)',
    layout='batch seq features',
)


class Refine(nn.Module):
    """pre-norm residual attention + feed-forward"""

    def __init__(self, d, heads, **kw):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.mha = nn.MultiheadAttention(d, heads, **kw)  # BUG
        self.ff = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))

    def forward(self, x):
        q = self.ln1(x)
        x = x + self.mha(q, q, q, need_weights=False)[0]  # BUG
        return x + self.ff(self.ln2(x))


class Hybrid(nn.Module):
    def __init__(self, **kw):
        super().__init__()
        self.lstm = nn.LSTM(4, 12, num_layers=2, batch_first=True)
        self.refine = Refine(12, 3, **kw)
        self.out = nn.Linear(12, 2)

    def forward(self, x):
        seq, _ = self.lstm(x)
        return self.out(self.refine(seq)[:, -1])


def _x():
    torch.manual_seed(101)
    return (torch.randn(5, 11, 4),)


def make():
    torch.manual_seed(0)
    return Hybrid(), _x(), None


def fixed():
    torch.manual_seed(0)
    return Hybrid(batch_first=True), _x(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Temporal fusion block: gated self-attention on a batch-first LSTM output, the attention seq-first."""
import torch
from torch import nn

META = dict(
    id='c128',
    source='KasperGroesLudvigsen/influenza_transformer#9 (positions and batch_first)',
    title='Temporal fusion block: self-attention on a batch-first LSTM output',
    loud=False,
    cause='mha_batch_first',
    explanation='The LSTM output is (batch, seq, dim); the attention reads axis 0 as the sequence, so each step is '
                'mixed over the samples.',
    fix='nn.MultiheadAttention(H, 2, batch_first=True)',
    layout='batch seq features',
)
D, H = 3, 6


class Temporal(nn.Module):
    def __init__(self, **how):
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.attn = nn.MultiheadAttention(H, 2, **how)  # BUG
        self.gate = nn.GLU(dim=-1)
        self.expand = nn.Linear(H, 2 * H)
        self.norm = nn.LayerNorm(H)

    def forward(self, x):
        out, _ = self.lstm(x)
        mixed, weights = self.attn(out, out, out, need_weights=False)  # BUG
        out = self.norm(out + self.gate(self.expand(mixed)))
        return out[:, -1]


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 7, D),)


def make():
    torch.manual_seed(0)
    return Temporal(), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return Temporal(batch_first=True), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Segment-level features: segments folded batch-first, their states viewed as (segments, batch, H) for the upper
LSTM."""
import torch
from torch import nn

META = dict(
    id='c260', source='GitHub hierarchical video/audio models',
    title='Upper level reads segments of other clips',
    loud=False, cause='hn_view_scramble',
    explanation='Segments were folded batch-first, so they unfold as (batch, segments); viewing them as '
                '(segments, batch) deals them out to other clips.',
    fix='h.view(batch, segments, -1).transpose(0, 1)',
    layout='batch seq features',
)
S, L, D, H = 4, 3, 2, 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.low, self.high = nn.LSTM(D, H, batch_first=True), nn.LSTM(H, H)
        self.fc = nn.Linear(H, 2)

    def upper(self, h, n):
        return h.view(S, n, H)  # BUG

    def forward(self, x):
        n = len(x)
        _, (h, _) = self.low(x.reshape(n * S, L, D))
        out, _ = self.high(self.upper(h[-1], n))  # BUG
        return self.fc(out[-1])


class NetFixed(Net):
    def upper(self, h, n):
        return h.view(n, S, H).transpose(0, 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, S * L, D),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

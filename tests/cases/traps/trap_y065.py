"""Ragged sequences in a Python loop, unbatched LSTM calls."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y065', source='own',
    title='Ragged sequences in a Python loop, unbatched LSTM calls',
    explanation='Each sequence is cut to its length and run unbatched as (T, D); the results are stacked.',
    layout=['batch seq features', 'batch'],
)


class Ragged(nn.Module):
    def __init__(self, d=3, h=6):
        super().__init__()
        self.rnn = nn.LSTM(d, h)
        self.head = nn.Linear(h, 2)

    def forward(self, x, n):
        rows = []
        for seq, k in zip(x, n.tolist()):
            o, (h, _) = self.rnn(seq[:int(k)])
            rows.append(h[0] + o.mean(0))
        return self.head(torch.stack(rows))


def make():
    torch.manual_seed(0)
    m = Ragged()
    torch.manual_seed(1)
    n = torch.tensor([5., 3., 8., 1.])
    x = torch.randn(4, 8, 3) * (torch.arange(8)[None] < n[:, None]).unsqueeze(-1)
    return m, (x, n), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

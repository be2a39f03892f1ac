"""Several learnt queries pool the LSTM output over time (einsum, masked)."""
import torch
from torch import nn

META = dict(
    id='y004', source='own program', title='multi-query attention pooling over time',
    explanation='softmax over the step axis of (batch, queries, steps), padding masked.',
    layout=['batch seq features', 'batch'],
)


class PoolByQueries(nn.Module):
    def __init__(self, d=5, h=8, n_query=3, n_out=2):
        super().__init__()
        self.lstm = nn.LSTM(d, h, batch_first=True)
        self.query = nn.Parameter(torch.randn(n_query, h) / h ** 0.5)
        self.key, self.value = nn.Linear(h, h), nn.Linear(h, h)
        self.out = nn.Linear(n_query * h, n_out)

    def forward(self, x, length):
        y, _ = self.lstm(x)
        logits = torch.einsum('qh,bth->bqt', self.query, self.key(y))
        pad = torch.arange(x.size(1)) >= length.unsqueeze(1)
        w = logits.masked_fill(pad.unsqueeze(1), float('-inf')).softmax(-1)
        return self.out(torch.einsum('bqt,bth->bqh', w, self.value(y)).flatten(1))


def make():
    torch.manual_seed(0)
    m = PoolByQueries()
    torch.manual_seed(1)
    return m, (torch.randn(7, 10, 5), torch.tensor([10, 3, 8, 5, 10, 6, 9])), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

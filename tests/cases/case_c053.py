"""h_n (1, batch, H) multiplied with out (batch, seq, H), where batch == seq: a silent broadcast."""
import torch
from torch import nn

META = dict(
    id='c053',
    source='own; attention query taken from h_n without moving its axes',
    title='(out * h_n).sum(-1) as attention scores',
    loud=False,
    cause='hn_axis_broadcast',
    explanation='h_n is (1, batch, H): against (batch, seq, H) its batch axis lines up with time. Step t of every '
                'sample is scored with the state of sample t.',
    fix='(out * h_n[-1].unsqueeze(1)).sum(-1)',
    layout='batch seq features',
)
D, H = 3, 6


class Pool(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.fc = nn.Linear(H, 2)

    def query(self, h_n):
        return h_n  # BUG

    def forward(self, x):
        out, (h_n, _) = self.lstm(x)
        weights = (out * self.query(h_n)).sum(-1).softmax(dim=1)  # BUG
        return self.fc((weights.unsqueeze(-1) * out).sum(1))


class PoolFixed(Pool):
    def query(self, h_n):
        return h_n[-1].unsqueeze(1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(6, 6, D),)


def make():
    torch.manual_seed(0)
    return Pool(), _data(), None


def fixed():
    torch.manual_seed(0)
    return PoolFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""BatchNorm three ways around an LSTM, each on the right axis, one of them with batch statistics."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='y010',
    source='own program', title='BatchNorm1d by transpose, by flatten, and F.batch_norm with batch statistics',
    explanation='Batch statistics mix samples by design; the channel axis is right in all three.',
    layout='batch seq features',
)


class Normed(nn.Module):
    def __init__(self, d=5, h=9):
        super().__init__()
        self.bn_in = nn.BatchNorm1d(d)
        self.lstm = nn.LSTM(d, h, batch_first=True)
        self.bn_mid = nn.BatchNorm1d(h)
        self.head = nn.Linear(h, 4)
        self.gamma, self.beta = nn.Parameter(torch.ones(4)), nn.Parameter(torch.zeros(4))

    def forward(self, x):
        x = self.bn_in(x.mT).mT
        y, _ = self.lstm(x)
        y = self.bn_mid(y.reshape(-1, y.size(-1))).view_as(y)
        z = self.head(y.mean(1))
        return F.batch_norm(z, None, None, self.gamma, self.beta, training=True)


def make():
    torch.manual_seed(0)
    m = Normed()
    torch.manual_seed(1)
    return m, (torch.randn(8, 11, 5),), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

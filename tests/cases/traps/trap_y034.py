"""Two right ways to batch-normalise sequences: folded rows, and channels moved to axis 1."""
import torch
from torch import nn

META = dict(
    id='y034', source='own', title='BatchNorm1d over the features of a seq-first tensor', loud=False, cause='none',
    explanation='SequenceWise folds (T, N) into rows; the second norm permutes (T, N, H) to (N, H, T) and back.',
    layout='seq batch features',
)


class SequenceWise(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        t, n = x.size(0), x.size(1)
        return self.module(x.view(t * n, -1)).view(t, n, -1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn_in = SequenceWise(nn.BatchNorm1d(6))
        self.rnn1 = nn.GRU(6, 8, bidirectional=True)
        self.bn_mid = nn.BatchNorm1d(8)
        self.rnn2 = nn.GRU(8, 5)
        self.out = SequenceWise(nn.Linear(5, 4))

    def forward(self, x):
        x, _ = self.rnn1(self.bn_in(x))
        x = x.view(x.size(0), x.size(1), 2, -1).sum(2)
        x = self.bn_mid(x.permute(1, 2, 0)).permute(2, 0, 1)
        return self.out(self.rnn2(x.contiguous())[0])


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(7, 5, 6),)


def make():
    torch.manual_seed(0)
    return Net(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

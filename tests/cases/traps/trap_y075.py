"""BatchNorm1d over channels in training mode between two GRUs, time first."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y075', source='own',
    title='BatchNorm1d over channels in training mode between two GRUs, time first',
    explanation='permute(1, 2, 0) gives (batch, channels, seq) as BatchNorm1d wants; its batch statistics are the '
                'only mixing, and wanted.',
    layout=['seq batch features'],
)


class BNStack(nn.Module):
    def __init__(self, d=3, h=6):
        super().__init__()
        self.a = nn.GRU(d, h)
        self.bn = nn.BatchNorm1d(h)
        self.b = nn.GRU(h, h)
        self.head = nn.Linear(h, 2)

    def forward(self, x):
        o, _ = self.a(x)
        o = self.bn(o.permute(1, 2, 0)).permute(2, 0, 1)
        _, h = self.b(o)
        return self.head(h[0])


def make():
    torch.manual_seed(0)
    m = BNStack()
    torch.manual_seed(1)
    return m, (torch.randn(9, 5, 3),), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""3-D state given to a GRUCell."""
import torch
from torch import nn

META = dict(
    id='c081',
    source='own; encoder h_n passed on to a GRUCell decoder',
    title='GRUCell: Expected hidden to be 1D or 2D, got 3D instead',
    loud=True,
    cause='state_ndim',
    explanation='The encoder gives h_n as (1, batch, hidden); a cell takes (batch, hidden).',
    fix='h = h_n[-1]',
    layout='batch seq features',
)
D, H = 3, 6


class Rollout(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(D, H, batch_first=True)
        self.cell = nn.GRUCell(D, H)
        self.out = nn.Linear(H, D)

    def top(self, h_n):
        return h_n  # BUG

    def forward(self, x):
        _, h_n = self.encoder(x)
        h, step, ys = self.top(h_n), x[:, -1], []
        for _ in range(3):
            h = self.cell(step, h)  # BUG
            step = step + self.out(h)
            ys.append(step)
        return torch.stack(ys, dim=1)


class RolloutFixed(Rollout):
    def top(self, h_n):
        return h_n[-1]


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 7, D),)


def make():
    torch.manual_seed(0)
    return Rollout(), _data(), None


def fixed():
    torch.manual_seed(0)
    return RolloutFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

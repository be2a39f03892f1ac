"""Selective state space layer with a loop over time, gated, depthwise causal convolution before it."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t057', source='Mamba-like layers in plain torch',
    title='Selective scan',
    explanation='Convolution and scan run along time only.',
    layout='batch seq features',
)
D, N = 6, 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(3, 2 * D)
        self.conv = nn.Conv1d(D, D, 3, padding=2, groups=D)
        self.proj = nn.Linear(D, 2 * N + 1)
        self.dt = nn.Linear(1, D)
        self.log_a = nn.Parameter(torch.log(torch.arange(1, N + 1).float()).repeat(D, 1))
        self.out = nn.Linear(D, 2)

    def forward(self, x):
        u, gate = self.inp(x).chunk(2, -1)
        u = F.silu(self.conv(u.transpose(1, 2))[..., : x.size(1)].transpose(1, 2))
        dt, b, c = self.proj(u).split([1, N, N], -1)
        dt = F.softplus(self.dt(dt))
        a = torch.exp(-dt.unsqueeze(-1) * self.log_a.exp())
        h, ys = x.new_zeros(x.size(0), D, N), []
        for t in range(x.size(1)):
            h = a[:, t] * h + (dt[:, t] * u[:, t]).unsqueeze(-1) * b[:, t].unsqueeze(1)
            ys.append((h * c[:, t].unsqueeze(1)).sum(-1))
        return self.out(torch.stack(ys, 1) * F.silu(gate))


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 7, 3),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Variance, invariance and covariance terms over the batch (VICReg) of two views."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t064', source='self-supervised training steps',
    title='VICReg',
    explanation='Variance and covariance are over the batch, as the method says.',
    layout=[ "batch seq features", "batch seq features"],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 5, batch_first=True)
        self.expander = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 6))

    def forward(self, x):
        return self.expander(self.rnn(x)[1][-1])


def _inputs():
    torch.manual_seed(1)
    x = torch.randn(5, 6, 3)
    return (x, x + 0.1 * torch.randn(5, 6, 3)), None


def run(model, inputs, targets):
    a, b = model(inputs[0]), model(inputs[1])
    sim = F.mse_loss(a, b)
    a, b = a - a.mean(0), b - b.mean(0)
    std = F.relu(1 - torch.sqrt(a.var(0) + 1e-4)).mean() + F.relu(1 - torch.sqrt(b.var(0) + 1e-4)).mean()
    cov = [(z.t() @ z / (len(z) - 1)) for z in (a, b)]
    off = sum((c - torch.diag(torch.diagonal(c))).pow(2).sum() / 6 for c in cov)
    return sim + std + off


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())

"""Contrastive predictive coding with in-batch negatives per step."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y053', source='own',
    title='Contrastive predictive coding with in-batch negatives per step',
    explanation='Each context predicts the encoding k steps ahead of its own sample against those of the other '
                'samples at the same step: the mix is the loss.',
    layout=['batch seq features'],
)


class CPC(nn.Module):
    def __init__(self, d=3, z=6, c=8, steps=2):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(d, z), nn.ReLU(), nn.Linear(z, z))
        self.ctx = nn.GRU(z, c, batch_first=True)
        self.pred = nn.ModuleList(nn.Linear(c, z) for _ in range(steps))

    def forward(self, x):
        z = self.enc(x)
        c, _ = self.ctx(z)
        return z, c


def make():
    torch.manual_seed(0)
    m = CPC()
    torch.manual_seed(1)
    return m, (torch.randn(7, 11, 3),), None


fixed = make


def run(model, inputs, targets):
    x, = inputs
    z, c = model(x)
    b = x.size(0)
    loss = 0.
    for k, w in enumerate(model.pred, 1):
        p = w(c[:, :-k])
        sim = torch.einsum('itd,jtd->tij', p, z[:, k:])
        label = torch.arange(b, device=x.device).repeat(sim.size(0))
        loss = loss + F.cross_entropy(sim.reshape(-1, b), label)
    return loss / len(model.pred)

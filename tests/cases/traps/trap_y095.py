"""Variational RNN, time-major, one GRUCell step at a time."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y095', source='own', loud=False, cause='none',
    title='Variational RNN, time-major, one GRUCell step at a time',
    explanation=(
        "Prior from h alone, posterior from x and h, noise of the sample's own shape; KL and likelihood "
        'summed over features and time.'), fix='',
    layout='seq batch features',
)


class VRNN(nn.Module):
    def __init__(self, x=5, h=8, z=3):
        super().__init__()
        self.h = h
        self.px, self.pz = nn.Sequential(nn.Linear(x, h), nn.ReLU()), nn.Sequential(nn.Linear(z, h), nn.ReLU())
        self.enc = nn.Sequential(nn.Linear(2 * h, h), nn.ReLU(), nn.Linear(h, 2 * z))
        self.prior = nn.Sequential(nn.Linear(h, h), nn.ReLU(), nn.Linear(h, 2 * z))
        self.dec = nn.Sequential(nn.Linear(2 * h, h), nn.ReLU(), nn.Linear(h, x))
        self.cell = nn.GRUCell(2 * h, h)

    def forward(self, x, noise=True):
        h = x.new_zeros(x.size(1), self.h)
        kld, nll = [], []
        for xt in x:
            fx = self.px(xt)
            mq, sq = self.enc(torch.cat([fx, h], 1)).chunk(2, 1)
            mp, sp = self.prior(h).chunk(2, 1)
            sq, sp = F.softplus(sq) + 1e-4, F.softplus(sp) + 1e-4
            z = self.pz(mq + sq * torch.randn_like(sq) if noise else mq)
            xr = self.dec(torch.cat([z, h], 1))
            h = self.cell(torch.cat([fx, z], 1), h)
            k = torch.log(sp / sq) + (sq ** 2 + (mq - mp) ** 2) / (2 * sp ** 2) - 0.5
            kld.append(k.sum(1))
            nll.append(F.binary_cross_entropy_with_logits(xr, xt, reduction='none').sum(1))
        return torch.stack(kld), torch.stack(nll)


def make():
    torch.manual_seed(0)
    m = VRNN()
    torch.manual_seed(1)
    return m, (torch.rand(9, 4, 5),), None


fixed = make


def run(model, inputs, targets):
    kld, nll = model(*inputs)
    return (kld + nll).sum(0).mean()

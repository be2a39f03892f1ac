"""Ensemble of GRU cells with a stacked member axis, MC dropout along a new axis."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y079', source='own',
    title='Ensemble of GRU cells with a stacked member axis, MC dropout along a new axis',
    explanation='Stacked weights are contracted with einsum over features only; repeats are a leading axis, '
                'averaged over members and draws, never over the batch.',
    layout=['batch seq features'],
)


class Ensemble(nn.Module):
    def __init__(self, d=3, h=5, m=4, draws=6):
        super().__init__()
        self.h, self.draws = h, draws
        self.wx = nn.Parameter(torch.randn(m, d, 3 * h) * .3)
        self.wh = nn.Parameter(torch.randn(m, h, 3 * h) * .3)
        self.out = nn.Parameter(torch.randn(m, h) * .3)

    def forward(self, x):
        gx = torch.einsum('btd,mdg->tmbg', x, self.wx)
        h = gx.new_zeros(*gx.shape[1:3], self.h)
        for g in gx:
            hr, hz, hn = torch.einsum('mbh,mhg->mbg', h, self.wh).chunk(3, -1)
            xr, xz, xn = g.chunk(3, -1)
            z = torch.sigmoid(xz + hz)
            h = z * h + (1 - z) * torch.tanh(xn + torch.sigmoid(xr + hr) * hn)
        many = F.dropout(h.unsqueeze(0).repeat(self.draws, 1, 1, 1), .2, training=True)
        y = torch.einsum('smbh,mh->smb', many, self.out)
        return y.mean((0, 1)), y.flatten(0, 1).std(0)


def make():
    torch.manual_seed(0)
    m = Ensemble()
    torch.manual_seed(1)
    return m, (torch.randn(7, 9, 3),), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""Social LSTM: grid pooling of the neighbours' states within a scene."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y094', source='own', loud=False, cause='none',
    title="Social LSTM: grid pooling of the neighbours' states within a scene",
    explanation=(
        'Pedestrians fold into rows for the cell; pooling is between those of one scene, masked by '
        'presence; absent ones keep their state.'), fix='',
    layout=['batch seq nodes features', 'batch seq nodes'],
)


class SocialLSTM(nn.Module):
    def __init__(self, e=5, h=6, grid=2, size=2.0):
        super().__init__()
        self.h, self.grid, self.size = h, grid, size
        self.inp, self.soc = nn.Linear(2, e), nn.Linear(grid * grid * h, e)
        self.cell, self.out = nn.LSTMCell(2 * e, h), nn.Linear(h, 5)

    def pool(self, pos, h, here):
        n = pos.size(1)
        rel = pos.unsqueeze(1) - pos.unsqueeze(2)                        # (b, i, j, 2): j seen from i
        idx = torch.floor((rel / self.size + 0.5) * self.grid).long()
        ok = ((idx >= 0) & (idx < self.grid)).all(-1)
        ok = ok & here.unsqueeze(1) & here.unsqueeze(2) & ~torch.eye(n, dtype=torch.bool)
        idx = idx.clamp(0, self.grid - 1)
        flat = idx[..., 0] * self.grid + idx[..., 1]
        onehot = F.one_hot(flat, self.grid ** 2).float() * ok.unsqueeze(-1)
        return torch.einsum('bijg,bjh->bigh', onehot, h).flatten(2)

    def forward(self, xy, here):
        b, t, n, _ = xy.shape
        h, c = xy.new_zeros(b, n, self.h), xy.new_zeros(b, n, self.h)
        out = []
        for s in range(t):
            e = F.relu(self.inp(xy[:, s]))
            a = F.relu(self.soc(self.pool(xy[:, s], h, here[:, s])))
            z = torch.cat([e, a], -1)
            h2, c2 = self.cell(z.reshape(b * n, -1), (h.reshape(b * n, -1), c.reshape(b * n, -1)))
            m = here[:, s].unsqueeze(-1)
            h = torch.where(m, h2.view(b, n, -1), h)
            c = torch.where(m, c2.view(b, n, -1), c)
            out.append(self.out(h))
        return torch.stack(out, 1)


def make():
    torch.manual_seed(0)
    m = SocialLSTM()
    torch.manual_seed(1)
    xy = torch.randn(3, 1, 5, 2) + 0.2 * torch.randn(3, 8, 5, 2).cumsum(1)
    here = torch.ones(3, 8, 5, dtype=torch.bool)
    here[0, 5:, 4], here[2, :2, 1] = False, False
    return m, (xy, here), None


fixed = make


def run(model, inputs, targets):
    xy, here = inputs
    mx, my, sx, sy, r = model(xy[:, :-1], here[:, :-1]).unbind(-1)
    dx, dy = (xy[:, 1:] - xy[:, :-1]).unbind(-1)
    zx, zy, rho = (dx - mx) / sx.exp(), (dy - my) / sy.exp(), torch.tanh(r)
    q = 1 - rho ** 2 + 1e-6
    nll = (zx ** 2 + zy ** 2 - 2 * rho * zx * zy) / (2 * q) + sx + sy + 0.5 * torch.log(q)
    m = (here[:, 1:] & here[:, :-1]).float()
    return (nll * m).sum() / m.sum()

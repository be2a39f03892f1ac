"""Cells by hand: peephole, LayerNorm with zoneout, multiplicative, minimal gated."""
import torch
from torch import nn

META = dict(
    id='y103', source='own', loud=False, cause='none',
    title='Cells by hand: peephole, LayerNorm with zoneout, multiplicative, minimal gated',
    explanation=(
        'Gates are chunk(4, 1) of (b, 4 h); zoneout draws a mask per element in training; a residual '
        'joins layers of the same width.'), fix='',
    layout='seq batch features',
)


class Peephole(nn.Module):
    def __init__(self, i, h):
        super().__init__()
        self.h, self.lin = h, nn.Linear(i + h, 4 * h)
        self.pi, self.pf, self.po = (nn.Parameter(0.1 * torch.randn(h)) for _ in range(3))

    def forward(self, x, s):
        h, c = s
        i, f, g, o = self.lin(torch.cat([x, h], 1)).chunk(4, 1)
        c = torch.sigmoid(f + self.pf * c) * c + torch.sigmoid(i + self.pi * c) * torch.tanh(g)
        return torch.sigmoid(o + self.po * c) * torch.tanh(c), c


class NormZoneout(nn.Module):
    def __init__(self, i, h, p=0.1):
        super().__init__()
        self.h, self.p = h, p
        self.x, self.r = nn.Linear(i, 4 * h), nn.Linear(h, 4 * h, bias=False)
        self.nx, self.nr, self.nc = nn.LayerNorm(4 * h), nn.LayerNorm(4 * h), nn.LayerNorm(h)

    def zone(self, new, old):
        if not self.training:
            return self.p * old + (1 - self.p) * new
        return torch.where(torch.rand_like(new) < self.p, old, new)

    def forward(self, x, s):
        i, f, g, o = (self.nx(self.x(x)) + self.nr(self.r(s[0]))).chunk(4, 1)
        c = torch.sigmoid(f + 1) * s[1] + torch.sigmoid(i) * g.tanh()
        return self.zone(o.sigmoid() * self.nc(c).tanh(), s[0]), self.zone(c, s[1])


class Multiplicative(nn.Module):
    def __init__(self, i, h):
        super().__init__()
        self.h = h
        self.mx, self.mh = nn.Linear(i, h, bias=False), nn.Linear(h, h, bias=False)
        self.cell = nn.LSTMCell(i, h)

    def forward(self, x, s):
        return self.cell(x, (self.mx(x) * self.mh(s[0]), s[1]))


class Minimal(nn.Module):
    def __init__(self, i, h):
        super().__init__()
        self.h, self.f, self.g = h, nn.Linear(i + h, h), nn.Linear(i + h, h)

    def forward(self, x, s):
        f = torch.sigmoid(self.f(torch.cat([x, s[0]], 1)))
        h = (1 - f) * s[0] + f * torch.tanh(self.g(torch.cat([x, f * s[0]], 1)))
        return h, s[1]


class Stack(nn.Module):
    def __init__(self, d=5, h=7):
        super().__init__()
        self.cells = nn.ModuleList([Peephole(d, h), NormZoneout(h, h), Multiplicative(h, h), Minimal(h, h)])
        self.out = nn.Linear(h, 3)

    def forward(self, x):
        states = []
        for k, cell in enumerate(self.cells):
            s = (x.new_zeros(x.size(1), cell.h),) * 2
            y = []
            for xt in x:
                s = cell(xt, s)
                y.append(s[0])
            y = torch.stack(y)
            x = y if k == 0 else x + y
            states.append(s)
        return self.out(x), torch.stack([h for h, _ in states]), torch.stack([c for _, c in states])


def make():
    torch.manual_seed(0)
    m = Stack()
    torch.manual_seed(1)
    return m, (torch.randn(9, 4, 5),), torch.randint(0, 3, (4,))


fixed = make


def run(model, inputs, targets):
    logits, h, c = model(*inputs)
    loss = nn.functional.cross_entropy(logits[-1], targets)
    return loss + 1e-3 * c[0].pow(2).mean()

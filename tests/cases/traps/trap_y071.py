"""GRU-D: decay by gaps, random missingness that also hits the last step."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y071', source='own',
    title='GRU-D: decay by gaps, random missingness that also hits the last step',
    explanation='The mask marks random holes, not padding: the last step is real even where all its values are '
                'missing, so h after the last step is right.',
    layout=['batch seq features', 'batch seq features', 'batch seq features'],
)


class GRUD(nn.Module):
    def __init__(self, d=3, h=6):
        super().__init__()
        self.cell = nn.GRUCell(2 * d, h)
        self.gx = nn.Parameter(torch.rand(d))
        self.gh = nn.Linear(d, h)
        self.register_buffer('mean', torch.zeros(d))
        self.head = nn.Linear(h, 1)

    def forward(self, x, mask, delta):
        b, t, d = x.shape
        h = x.new_zeros(b, self.cell.hidden_size)
        last = self.mean.expand(b, d)
        for i in range(t):
            m, dt = mask[:, i], delta[:, i]
            last = torch.where(m.bool(), x[:, i], last)
            g = torch.exp(-F.relu(self.gx * dt))
            xi = m * x[:, i] + (1 - m) * (g * last + (1 - g) * self.mean)
            h = h * torch.exp(-F.relu(self.gh(dt)))
            h = self.cell(torch.cat([xi, m], 1), h)
        return self.head(h).squeeze(1)


def make():
    torch.manual_seed(0)
    m = GRUD()
    torch.manual_seed(1)
    mask = (torch.rand(5, 9, 3) > .4).float()
    mask[1, -1] = 0
    mask[3, -2:] = 0
    x = torch.randn(5, 9, 3) * mask
    delta = torch.ones(5, 9, 3)
    delta[:, 0] = 0
    for i in range(1, 9):
        delta[:, i] = 1 + (1 - mask[:, i - 1]) * delta[:, i - 1]
    return m, (x, mask, delta), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""Pointer network: glimpse, visited mask by scatter, inputs gathered from the same sample."""
import torch
from torch import nn

META = dict(
    id='y106', source='own', loud=False, cause='none',
    title='Pointer network: glimpse, visited mask by scatter, inputs gathered from the same sample',
    explanation=(
        'The chosen index gathers the next decoder input from its own row; the reward is a tour length '
        'per sample and the baseline a batch mean.'), fix='',
    layout='batch seq features',
)


class Attention(nn.Module):
    def __init__(self, h, clip=None):
        super().__init__()
        self.q, self.k = nn.Linear(h, h), nn.Conv1d(h, h, 1)
        self.v, self.clip = nn.Parameter(torch.randn(h) * 0.3), clip

    def forward(self, query, ref):
        b, n, h = ref.shape
        r = self.k(ref.permute(0, 2, 1))
        q = self.q(query).unsqueeze(2).repeat(1, 1, n)
        v = self.v.unsqueeze(0).expand(b, h).unsqueeze(1)
        logits = torch.bmm(v, torch.tanh(q + r)).squeeze(1)
        return r, self.clip * torch.tanh(logits) if self.clip else logits


class PointerNet(nn.Module):
    def __init__(self, e=5, h=8):
        super().__init__()
        self.emb, self.enc = nn.Linear(2, e, bias=False), nn.LSTM(e, h, batch_first=True)
        self.cell, self.glimpse, self.point = nn.LSTMCell(e, h), Attention(h), Attention(h, 10.)
        self.start = nn.Parameter(torch.randn(e) * 0.1)

    def forward(self, xy):
        b, n, _ = xy.shape
        e = self.emb(xy)
        ref, (h, c) = self.enc(e)
        h, c = h.squeeze(0), c.squeeze(0)
        inp = self.start.unsqueeze(0).repeat(b, 1)
        visited = torch.zeros(b, n, dtype=torch.bool)
        logp, tour = [], []
        for _ in range(n):
            h, c = self.cell(inp, (h, c))
            r, g = self.glimpse(h, ref)
            g = g.masked_fill(visited, -float('inf')).softmax(1)
            query = torch.bmm(r, g.unsqueeze(2)).squeeze(2)
            _, s = self.point(query, ref)
            s = s.masked_fill(visited, -float('inf')).log_softmax(1)
            idx = s.argmax(1)
            logp.append(s.gather(1, idx.unsqueeze(1)).squeeze(1))
            visited = visited.scatter(1, idx.unsqueeze(1), True)
            inp = e[torch.arange(b), idx]
            tour.append(idx)
        return torch.stack(tour, 1), torch.stack(logp, 1)


def make():
    torch.manual_seed(0)
    m = PointerNet()
    torch.manual_seed(1)
    return m, (torch.rand(6, 9, 2),), None


fixed = make


def run(model, inputs, targets):
    xy, = inputs
    tour, logp = model(xy)
    path = xy.gather(1, tour.unsqueeze(2).expand(-1, -1, 2))
    length = (path - path.roll(-1, dims=1)).norm(dim=2).sum(1)
    adv = length - length.mean()
    return (adv.detach() * logp.sum(1)).mean()

"""Handwriting synthesis: Gaussian window over characters and a mixture density head."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y099', source='own', loud=False, cause='none',
    title='Handwriting synthesis: Gaussian window over characters and a mixture density head',
    explanation=(
        'The window is a bmm per sample over its characters, kappa accumulates over time, the mixture '
        'reduces over the component axis only.'), fix='',
    layout=['batch seq features', 'batch seq'],
)


class Window(nn.Module):
    def __init__(self, vocab=9, h=8, k=3, mix=4):
        super().__init__()
        self.vocab, self.h, self.mix = vocab, h, mix
        self.cell, self.att = nn.LSTMCell(3 + vocab, h), nn.Linear(h, 3 * k)
        self.lstm = nn.LSTM(3 + vocab + h, h, batch_first=True)
        self.head = nn.Linear(2 * h, 6 * mix + 1)
        self.k = k

    def forward(self, x, text):
        b, u = text.shape
        mask = (text > 0).float()
        onehot = F.one_hot(text, self.vocab).float() * mask.unsqueeze(2)
        pos = torch.arange(u, dtype=x.dtype).view(1, 1, u)
        h, c = x.new_zeros(b, self.h), x.new_zeros(b, self.h)
        kappa, w = x.new_zeros(b, self.k, 1), onehot[:, 0]
        h1, ws = [], []
        for xt in x.unbind(1):
            h, c = self.cell(torch.cat([xt, w], 1), (h, c))
            a, beta, step = self.att(h).exp().unsqueeze(2).chunk(3, dim=1)
            kappa = kappa + 0.1 * step
            phi = (a * torch.exp(-beta * (kappa - pos) ** 2)).sum(1, keepdim=True)
            w = torch.bmm(phi, onehot).squeeze(1)
            h1.append(h)
            ws.append(w)
        h1, ws = torch.stack(h1, 1), torch.stack(ws, 1)
        h2, _ = self.lstm(torch.cat([x, h1, ws], -1))
        return self.head(torch.cat([h1, h2], -1))


def make():
    torch.manual_seed(0)
    m = Window()
    torch.manual_seed(1)
    x = torch.randn(4, 13, 3)
    x[..., 2] = (x[..., 2] > 0).float()
    text = torch.randint(1, 9, (4, 6))
    text[1, 4:], text[2, 5:] = 0, 0
    return m, (x, text), None


fixed = make


def run(model, inputs, targets):
    x, text = inputs
    y = model(x[:, :-1], text)
    n = model.mix
    pi, m1, m2, s1, s2, r, e = y.split([n] * 6 + [1], dim=-1)
    d1, d2, pen = x[:, 1:].split(1, dim=-1)
    rho = torch.tanh(r) * 0.95
    z1, z2 = (d1 - m1) / s1.exp(), (d2 - m2) / s2.exp()
    q = 1 - rho ** 2
    logp = -(z1 ** 2 + z2 ** 2 - 2 * rho * z1 * z2) / (2 * q) - s1 - s2 - 0.5 * torch.log(q) - 1.8379
    nll = -torch.logsumexp(F.log_softmax(pi, -1) + logp, dim=-1)
    return nll.mean() + F.binary_cross_entropy_with_logits(e, pen)

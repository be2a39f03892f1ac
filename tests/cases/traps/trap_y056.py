"""Quantile Huber (QR-DQN style) with pairwise target and predicted atoms."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y056', source='own',
    title='Quantile Huber (QR-DQN style) with pairwise target and predicted atoms',
    explanation='[:, None] and [:, :, None] pair atoms within one sample; the batch axis stays aligned.',
    layout=['batch seq features', 'batch seq features', 'batch'],
)


class QR(nn.Module):
    def __init__(self, d=4, h=8, n=5):
        super().__init__()
        self.rnn = nn.LSTM(d, h, batch_first=True)
        self.atoms = nn.Linear(h, n)
        self.register_buffer('tau', (torch.arange(n) + .5) / n)

    def forward(self, x):
        o, (h, c) = self.rnn(x)
        return self.atoms(h[0])


def make():
    torch.manual_seed(0)
    m = QR()
    torch.manual_seed(1)
    return m, (torch.randn(5, 7, 4), torch.randn(5, 7, 4), torch.randn(5)), None


fixed = make


def run(model, inputs, targets):
    obs, nxt, rew = inputs
    theta = model(obs)
    with torch.no_grad():
        target = rew[:, None] + .99 * model(nxt)
    u = target[:, None, :] - theta[:, :, None]
    a = u.abs()
    huber = torch.where(a <= 1, .5 * u * u, a - .5)
    w = (model.tau[None, :, None] - (u.detach() < 0).float()).abs()
    return (w * huber).mean(2).sum(1).mean()

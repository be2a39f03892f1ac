"""Mixture density head on every step of an LSTM, negative log likelihood per step."""
import torch
from torch import nn

META = dict(
    id='t021',
    source='own; handwriting and world models',
    title='Mixture of Gaussians: softmax over components, logsumexp over components',
    explanation='unsqueeze(-1) of the target against (seq, batch, dim, components) broadcasts on purpose.',
    layout=['seq batch features', 'seq batch features'],
)
D, H, K = 2, 7, 4


class Mdn(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H)
        self.head = nn.Linear(H, K + 2 * K * D)

    def forward(self, x, y):
        t, b, _ = x.shape
        out, _ = self.lstm(x)
        logit, mean, scale = self.head(out).split([K, K * D, K * D], dim=-1)
        mean, scale = mean.view(t, b, D, K), scale.view(t, b, D, K).exp()
        normal = torch.distributions.Normal(mean, scale)
        logp = normal.log_prob(y.unsqueeze(-1)).sum(dim=2) + logit.log_softmax(dim=-1)
        return -torch.logsumexp(logp, dim=-1)


def fixed():
    torch.manual_seed(0)
    model = Mdn()
    torch.manual_seed(1)
    x = torch.randn(7, 4, D)
    return model, (x[:-1], x[1:]), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

"""DeepAR-like: mean scaling, shifted inputs, Student-t likelihood, ancestral paths with given noise."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='y022', source='own program (DeepAR)', title='paths folded into the batch: (batch*paths, 1, 1)',
    explanation='States and scales are repeat_interleaved; noise is given per series, path and step.',
    layout=['batch seq', 'batch rows seq'],
)


class DeepARish(nn.Module):
    def __init__(self, h=9, layers=2):
        super().__init__()
        self.lstm = nn.LSTM(1, h, layers, batch_first=True)
        self.dist = nn.Linear(h, 2)

    def params(self, y):
        mu, s = self.dist(y).chunk(2, -1)
        return mu, F.softplus(s) + 1e-3

    def forward(self, past, noise):
        scale = past.abs().mean(1, keepdim=True) + 1e-3
        z = (past / scale).unsqueeze(-1)
        y, (h, c) = self.lstm(z[:, :-1])
        mu, sigma = self.params(y)
        nll = -torch.distributions.StudentT(5., mu, sigma).log_prob(z[:, 1:]).mean()
        b, paths, horizon = noise.shape
        h, c = h.repeat_interleave(paths, 1), c.repeat_interleave(paths, 1)
        x, sampled = z[:, -1:].repeat_interleave(paths, 0), []
        for k in range(horizon):
            y, (h, c) = self.lstm(x, (h, c))
            mu, sigma = self.params(y)
            x = mu + sigma * noise[..., k].reshape(-1, 1, 1)
            sampled.append(x)
        return torch.cat(sampled, 1).view(b, paths, horizon) * scale.unsqueeze(-1), nll


def make():
    torch.manual_seed(0)
    m = DeepARish()
    torch.manual_seed(1)
    return m, (torch.rand(5, 14) * 4 + 1, torch.randn(5, 6, 3)), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""Quantile forecaster: (batch, horizon, quantiles) sorted along the quantiles, pinball loss."""
import torch
from torch import nn

META = dict(
    id='t019',
    source='own',
    title='Quantile outputs, cumulative sums so that they do not cross',
    explanation='cumsum over quantiles, broadcasting of y.unsqueeze(-1) against the quantile axis is meant.',
    layout='batch seq features',
)
Q = torch.tensor([0.1, 0.5, 0.9])


class Quantiles(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 8, 2, batch_first=True)
        self.out = nn.Linear(8, 4 * 3)

    def forward(self, x):
        _, h = self.gru(x)
        raw = self.out(h[-1]).view(-1, 4, 3)
        first, gaps = raw[..., :1], nn.functional.softplus(raw[..., 1:])
        return torch.cat([first, gaps], dim=-1).cumsum(dim=-1)


def fixed():
    torch.manual_seed(0)
    model = Quantiles()
    torch.manual_seed(1)
    return model, (torch.randn(5, 9, 2),), torch.randn(5, 4)


def run(model, inputs, targets):
    pred = model(*inputs)
    error = targets.to(pred.dtype).unsqueeze(-1) - pred
    return torch.maximum(Q * error, (Q - 1) * error).sum(-1).mean(-1)


make = None

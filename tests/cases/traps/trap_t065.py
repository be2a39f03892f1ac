"""MINE: joint and marginal pairs, the second view shuffled along the batch, joined with cat, a scalar bound."""
import torch
from torch import nn

META = dict(
    id='t065', source='mutual information estimators',
    title='Shuffled pairs as negatives',
    explanation='Rows of other samples are joined on purpose; only the bound is returned.',
    layout=[ "batch seq features", "batch seq features"],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.GRU(3, 5, batch_first=True), nn.GRU(3, 5, batch_first=True)
        self.t = nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, x, y):
        u, v = self.a(x)[1][-1], self.b(y)[1][-1]
        joint = self.t(torch.cat([u, v], 1)).mean()
        marginal = torch.logsumexp(self.t(torch.cat([u, v.roll(1, 0)], 1)).squeeze(1), 0)
        return marginal - joint


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 5, 3), torch.randn(4, 5, 3)), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

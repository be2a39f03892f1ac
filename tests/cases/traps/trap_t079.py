"""Quantile crossing penalty, CRPS with all pairs of sample paths, energy score."""
import torch
from torch import nn

META = dict(
    id='t079', source='probabilistic forecasting losses',
    title='Pairs of sample paths',
    explanation='The pairs are of paths of one series, made by unsqueeze on the path axis.',
    layout=[ "batch seq features", "batch horizon"],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 6, batch_first=True)
        self.fc = nn.Linear(6, 4 * 3)

    def forward(self, x):
        return self.fc(self.gru(x)[1][-1]).view(-1, 4, 3)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 2), torch.randn(4, 3)), None


def run(model, inputs, targets):
    x, y = inputs
    paths = model(x)
    first = (paths - y.unsqueeze(1)).abs().mean(1)
    pairs = (paths.unsqueeze(1) - paths.unsqueeze(2)).abs().mean((1, 2))
    return (first - 0.5 * pairs).mean()


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())

"""Pairwise ranking loss: all pairs of scores in the batch."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t056', source='learning-to-rank training steps',
    title='RankNet loss',
    explanation='The (batch, batch) matrix of differences is the point of the loss.',
    layout=[ "batch seq features", "batch"],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        return self.fc(self.rnn(x)[0][:, -1]).squeeze(-1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(5, 6, 3), torch.randn(5)), None


def run(model, inputs, targets):
    x, y = inputs
    s = model(x)
    diff = s.unsqueeze(1) - s.unsqueeze(0)
    higher = (y.unsqueeze(1) > y.unsqueeze(0)).to(s.dtype)
    return (F.softplus(-diff) * higher).sum() / higher.sum().clamp(min=1)


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())

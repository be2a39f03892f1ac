"""Mixup of hidden representations: samples are mixed with a permuted batch on purpose, in training only."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t051', source='manifold mixup',
    title='Manifold mixup in the loss function',
    explanation='The permutation and the mixture belong to the training step, in evaluation mode nothing is '
                'mixed.',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 6, batch_first=True)
        self.fc = nn.Linear(6, 4)

    def forward(self, x, y):
        h = self.rnn(x)[1][-1]
        if not self.training:
            return F.cross_entropy(self.fc(h), y)
        perm = torch.arange(len(h) - 1, -1, -1)
        logits = self.fc(0.7 * h + 0.3 * h[perm])
        return 0.7 * F.cross_entropy(logits, y) + 0.3 * F.cross_entropy(logits, y[perm])


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 5, 3),), torch.tensor([0, 3, 1, 2])


def run(model, inputs, targets):
    return model(*inputs, targets)


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())

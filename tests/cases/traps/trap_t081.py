"""Attention weights normalised over queries and then over keys (slot attention), GRU cell over slots folded."""
import torch
from torch import nn

META = dict(
    id='t081', source='slot attention',
    title='Slots compete for inputs',
    explanation='The softmax over slots is the method; slots are folded into the batch for the cell.',
    layout='batch seq features',
)
S, D = 3, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.mu = nn.Parameter(torch.randn(1, S, D))
        self.q, self.k, self.v = nn.Linear(D, D), nn.Linear(4, D), nn.Linear(4, D)
        self.gru = nn.GRUCell(D, D)

    def forward(self, x):
        slots, k, v = self.mu.expand(len(x), -1, -1), self.k(x), self.v(x)
        for _ in range(2):
            a = torch.einsum("bsd,btd->bst", self.q(slots), k).softmax(1) + 1e-6
            u = torch.einsum("bst,btd->bsd", a / a.sum(-1, keepdim=True), v)
            slots = self.gru(u.reshape(-1, D), slots.reshape(-1, D)).view(len(x), S, D)
        return slots


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 5, 4),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

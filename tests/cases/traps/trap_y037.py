"""Gated graph network: the nodes are the rows of a GRUCell and exchange messages through the adjacency matrix."""
import torch
from torch import nn

META = dict(
    id='y037', source='own', title='graph model with the nodes as the rows', loud=False, cause='none',
    explanation='One graph. Rows are nodes, not independent samples: mixing them through the adjacency is the model.',
    layout=['nodes features', None],
)


class GatedGraph(nn.Module):
    def __init__(self, dim=6, rounds=3):
        super().__init__()
        self.rounds = rounds
        self.message = nn.Linear(dim, dim)
        self.update = nn.GRUCell(dim, dim)
        self.gate, self.value = nn.Linear(dim, 1), nn.Linear(dim, 4)

    def forward(self, nodes, adjacency):
        h = nodes
        for _ in range(self.rounds):
            h = self.update(adjacency @ self.message(h), h)
        return (torch.softmax(self.gate(h), dim=0) * self.value(h)).sum(0)


def _inputs():
    torch.manual_seed(1)
    a = (torch.rand(8, 8) < 0.3).float()
    a = ((a + a.t()) > 0).float().fill_diagonal_(0)
    return torch.randn(8, 6), a / a.sum(1, keepdim=True).clamp(min=1)


def make():
    torch.manual_seed(0)
    return GatedGraph(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""GRU4Rec with in-batch negatives: the scores of a session are against the next items of all sessions (BPR-max)."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y033', source='own', title='in-batch negative sampling', loud=False, cause='none',
    explanation='h @ item[targets].T is (session, candidate); the diagonal is the positive. Mixing sessions is the '
                'point.',
    layout='batch seq',
)


class GRU4Rec(nn.Module):
    def __init__(self, items=40, dim=8):
        super().__init__()
        self.items = nn.Embedding(items, dim)
        self.gru = nn.GRU(dim, dim, batch_first=True)

    def forward(self, clicks, nxt):
        _, h = self.gru(self.items(clicks))
        return h.squeeze(0) @ self.items(nxt).T


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, 40, (6, 4)),), torch.tensor([3, 19, 7, 31, 24, 11])


def make():
    torch.manual_seed(0)
    return (GRU4Rec(),) + _inputs()


fixed = make


def run(model, inputs, targets):
    s = model(*inputs, targets)
    positive = s.diagonal().unsqueeze(1)
    negatives = ~torch.eye(len(s), dtype=torch.bool)
    w = F.softmax(s.masked_fill(~negatives, float('-inf')), dim=1)
    return -torch.log((w * torch.sigmoid(positive - s)).sum(1) + 1e-9).mean()

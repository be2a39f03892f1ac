"""Fusion of two branches: one score per sample, softmax over the samples."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c136',
    source='public code, index id 19441210203 (softmax(dim=0) over (batch,) scores); own re-creation',
    title='attn_weights = F.softmax(scores, dim=0) with scores (batch,)',
    loud=False,
    cause='softmax_axis',
    explanation='The weight of the text branch of one sample depends on the scores of the other samples. The two '
                'branches should compete within a sample.',
    fix='F.softmax(torch.stack([a, b], dim=1), dim=1)',
    layout=['batch seq features', 'batch static'],
)
D, S, H = 3, 5, 6


class Fusion(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H, batch_first=True)
        self.mlp = nn.Linear(S, H)
        self.score = nn.Linear(H, 1)
        self.fc = nn.Linear(H, 2)

    def weights(self, a, b):
        scores = torch.stack([self.score(a), self.score(b)], dim=1)             # (batch, 2, 1)
        return F.softmax(scores, dim=0)  # BUG

    def forward(self, x, static):
        a, b = self.gru(x)[1][-1], torch.relu(self.mlp(static))
        fused = (torch.stack([a, b], dim=1) * self.weights(a, b)).sum(dim=1)  # BUG
        return self.fc(fused)


class FusionFixed(Fusion):
    def weights(self, a, b):
        scores = torch.stack([self.score(a), self.score(b)], dim=1)
        return F.softmax(scores, dim=1)


def _data():
    torch.manual_seed(1)
    return torch.randn(4, 8, D), torch.randn(4, S)


def make():
    torch.manual_seed(0)
    return Fusion(), _data(), None


def fixed():
    torch.manual_seed(0)
    return FusionFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

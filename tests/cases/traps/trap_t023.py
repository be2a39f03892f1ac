"""Decoder with scheduled sampling: Python's random numbers decide step by step."""
import random

import torch
from torch import nn

META = dict(
    id='t023',
    source='own; teacher forcing by chance',
    title='random.random() < ratio: feed the truth, else the own prediction',
    explanation='The control flow is random (seeded in run), the same for all samples of a step.',
    layout=['batch seq', 'batch target'],
)
V, E, H = 13, 4, 6


class Scheduled(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.encoder, self.cell = nn.GRU(E, H, batch_first=True), nn.GRUCell(E, H)
        self.out = nn.Linear(H, V)

    def forward(self, source, target, ratio=0.5):
        _, h = self.encoder(self.emb(source))
        h, word, scores = h.squeeze(0), target[:, 0], []
        for t in range(1, target.size(1)):
            h = self.cell(self.emb(word), h)
            score = self.out(h)
            scores.append(score)
            word = target[:, t] if random.random() < ratio else score.argmax(dim=1)
        return torch.stack(scores, dim=1)


def fixed():
    torch.manual_seed(0)
    model = Scheduled()
    torch.manual_seed(1)
    return model, (torch.randint(0, V, (4, 6)), torch.randint(0, V, (4, 5))), None


def run(model, inputs, targets):
    random.seed(3)
    return model(*inputs)


make = None

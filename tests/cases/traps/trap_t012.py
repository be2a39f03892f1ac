"""Contrastive loss in the batch: samples are compared with each other in the loss, nowhere else."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t012',
    source='own; image-text retrieval and sentence embeddings',
    title='InfoNCE with in-batch negatives',
    explanation='The (batch, batch) similarity matrix is the point of the loss. The embeddings of a sample depend '
                'on it alone.',
    layout=['batch seq', 'batch features'],
)
V, E, H = 21, 5, 6


class Retrieval(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.gru = nn.GRU(E, H, batch_first=True, bidirectional=True)
        self.image = nn.Sequential(nn.Linear(7, 2 * H), nn.LayerNorm(2 * H))
        self.scale = nn.Parameter(torch.tensor(2.0))

    def text(self, words):
        _, h = self.gru(self.emb(words))
        return F.normalize(h.transpose(0, 1).flatten(1), dim=-1)

    def forward(self, words, features):
        a, b = self.text(words), F.normalize(self.image(features), dim=-1)
        logits = self.scale.exp() * a @ b.t()
        labels = torch.arange(len(logits))
        return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2


def fixed():
    torch.manual_seed(0)
    model = Retrieval()
    torch.manual_seed(1)
    return model, (torch.randint(0, V, (5, 6)), torch.randn(5, 7)), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

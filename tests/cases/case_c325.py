"""Duplicate-question model: the two directions of h_n are flattened together with the batch."""
import torch
import torch.nn as nn

META = dict(
    id='c325', source='timbmg/Sentence-VAE#15 (same idea in Quora question pair notebooks)',
    title='final state of a BiGRU made flat and cut into batch rows',
    loud=False, cause='hn_view_scramble',
    explanation='h_n is (2, batch, H), also with batch_first. Cutting its memory into batch rows joins forward '
                'states of '
                'two questions '
                'instead of the two directions of one.',
    fix='h.transpose(0, 1).flatten(1)',
    layout=['batch seq', 'batch seq'],
)


class Siamese(nn.Module):
    def __init__(self, n_words=41, e=6, h=5):
        super().__init__()
        self.words = nn.Embedding(n_words, e)
        self.gru = nn.GRU(e, h, bidirectional=True, batch_first=True)
        self.score = nn.Linear(4 * h, 1)

    def encode(self, q):
        _, h = self.gru(self.words(q))
        return h.flatten().unflatten(0, (q.size(0), -1))  # BUG

    def forward(self, q1, q2):
        u, v = self.encode(q1), self.encode(q2)
        return self.score(torch.cat([(u - v).abs(), u * v], dim=-1)).squeeze(-1)


class SiameseFixed(Siamese):
    def encode(self, q):
        _, h = self.gru(self.words(q))
        return h.transpose(0, 1).flatten(1)


def _pairs():
    torch.manual_seed(1)
    return torch.randint(0, 41, (6, 9)), torch.randint(0, 41, (6, 7))


def make():
    torch.manual_seed(0)
    return Siamese(), _pairs(), None


def fixed():
    torch.manual_seed(0)
    return SiameseFixed(), _pairs(), None


def run(model, inputs, targets):
    return model(*inputs)

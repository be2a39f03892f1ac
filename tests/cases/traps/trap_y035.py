"""Siamese model that encodes both sentences in one batch of double size and splits it again."""
import torch
from torch import nn

META = dict(
    id='y035', source='own', title='cat on the batch axis, chunk on the batch axis', loud=False, cause='none',
    explanation='cat([a, b], 0) and chunk(2, 1) of h_n (whose batch is axis 1) pair each sentence with its partner '
                'again.',
    layout=['batch seq', 'batch seq'],
)


class OnePass(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(31, 7)
        self.rnn = nn.LSTM(7, 6, bidirectional=True, batch_first=True)
        self.fc = nn.Bilinear(12, 12, 2)

    def forward(self, a, b):
        _, (h, _) = self.rnn(self.emb(torch.cat([a, b], dim=0)))
        left, right = h.chunk(2, dim=1)
        u, v = torch.cat(tuple(left), -1), torch.cat(tuple(right), -1)
        return self.fc(u, v)


def _inputs():
    torch.manual_seed(1)
    return torch.randint(0, 31, (3, 8)), torch.randint(0, 31, (3, 8))


def make():
    torch.manual_seed(0)
    return OnePass(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

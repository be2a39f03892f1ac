"""GRU decoder: concatenated context makes the head wider than declared."""
import torch
from torch import nn

META = dict(
    id='c097',
    source='own; attention decoder, out = Linear(H, V) fed cat([out, context])',
    title='Linear(H, vocab) fed hidden and context, 2 * H features',
    loud=True,
    cause='head_in_features',
    explanation='The head was kept at H features when the context vector was concatenated.',
    fix='nn.Linear(2 * H, vocab)',
    layout=['batch seq features', 'batch target'],
)
V, E, H = 13, 4, 6


class AttnDecoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.encoder = nn.GRU(5, H, batch_first=True)
        self.gru = nn.GRU(E, H, batch_first=True)
        self.out = nn.Linear(width, V)  # BUG

    def forward(self, x, words):
        memory, h = self.encoder(x)
        out, _ = self.gru(self.emb(words), h)
        scores = torch.matmul(out, memory.transpose(-2, -1)) / H ** 0.5
        context = torch.matmul(scores.softmax(dim=-1), memory)
        return self.out(torch.cat([out, context], dim=-1))  # BUG


def _data():
    torch.manual_seed(1)
    return torch.randn(3, 8, 5), torch.randint(0, V, (3, 5))


def make():
    torch.manual_seed(0)
    return AttnDecoder(H), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return AttnDecoder(2 * H), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Time-major on purpose: embedding, two BiGRUs with a residual, tags per token, all (time, batch, ...)."""
import torch
from torch import nn

META = dict(
    id='y026', source='own', title='time-major tagger', loud=False, cause='none',
    explanation='Everything is (time, batch, feature) from the input to the logits; nothing is batch-first.',
    layout='seq batch',
)


class TimeMajorTagger(nn.Module):
    def __init__(self, vocab=20, dim=8, tags=5):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.layers = nn.ModuleList(nn.GRU(dim, dim // 2, bidirectional=True) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(2))
        self.tags = nn.Linear(dim, tags)

    def forward(self, tokens):
        x = self.emb(tokens)
        for rnn, norm in zip(self.layers, self.norms):
            x = norm(x + rnn(x)[0])
        return self.tags(x)


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, 20, (4, 9)),)       # 4 steps, 9 sentences


def make():
    torch.manual_seed(0)
    return TimeMajorTagger(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

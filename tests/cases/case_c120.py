"""Seq2seq head: decoder outputs (seq, batch, V) viewed as (batch, seq, V)."""
import torch
from torch import nn

META = dict(
    id='c120',
    source='d2l-ai/d2l-en#1119 (review: make the batch the first dimension); own re-creation with a view',
    title='out.view(batch, seq, -1) after a seq-first decoder',
    loud=False,
    cause='view_not_permute',
    explanation='The decoder output is (seq, batch, H). view(batch, seq, H) relabels rows: row (sample 0, step 1) '
                'is sample 1 at step 0.',
    fix='out.permute(1, 0, 2)',
    layout=['batch seq', 'batch target'],
)
V, E, H = 14, 4, 6


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.src, self.tgt = nn.Embedding(V, E), nn.Embedding(V, E)
        self.encoder = nn.LSTM(E, H, 2, dropout=0.1)
        self.decoder = nn.LSTM(E, H, 2, dropout=0.1)
        self.dense = nn.Linear(H, V)

    def batch_first(self, out):
        steps, n, _ = out.shape
        return out.view(n, steps, H)  # BUG

    def forward(self, source, target):
        _, state = self.encoder(self.src(source).permute(1, 0, 2))
        out, _ = self.decoder(self.tgt(target).permute(1, 0, 2), state)
        return self.dense(self.batch_first(out))  # BUG


class Seq2SeqFixed(Seq2Seq):
    def batch_first(self, out):
        return out.permute(1, 0, 2)


def _data():
    torch.manual_seed(1)
    return torch.randint(0, V, (3, 7)), torch.randint(0, V, (3, 5))


def make():
    torch.manual_seed(0)
    return Seq2Seq(), _data(), None


def fixed():
    torch.manual_seed(0)
    return Seq2SeqFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

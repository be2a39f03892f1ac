"""Encoder of width 8, decoder of width 6: the state is handed over without a bridge."""
import torch
from torch import nn

META = dict(
    id='c078',
    source='own; encoder bidirectional, decoder not, states concatenated to 2 * H',
    title='Decoder GRU(E, H) gets the concatenated state of width 2 * H',
    loud=True,
    cause='state_hidden_size',
    explanation='cat of both directions has 2 * H features; the decoder was built for H.',
    fix='bridge = nn.Linear(2 * H, H)',
    layout=['batch seq', 'batch target'],
)
V, E, H = 16, 4, 5


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.encoder = nn.GRU(E, H, bidirectional=True, batch_first=True)
        self.bridge = nn.Linear(2 * H, H)
        self.decoder = nn.GRU(E, H, batch_first=True)  # BUG
        self.out = nn.Linear(H, V)

    def start(self, both):
        return both  # BUG

    def forward(self, src, tgt):
        _, h = self.encoder(self.emb(src))
        both = torch.cat([h[0], h[1]], dim=-1).unsqueeze(0)
        y, _ = self.decoder(self.emb(tgt), self.start(both))  # BUG
        return self.out(y)


class Seq2SeqFixed(Seq2Seq):
    def start(self, both):
        return torch.tanh(self.bridge(both))


def _data():
    torch.manual_seed(1)
    return torch.randint(0, V, (3, 6)), torch.randint(0, V, (3, 4))


def make():
    torch.manual_seed(0)
    return Seq2Seq(), _data(), None


def fixed():
    torch.manual_seed(0)
    return Seq2SeqFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

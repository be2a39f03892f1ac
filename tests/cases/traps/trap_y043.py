"""Translation loss with class weights, label smoothing and ignored pads; seq-first logits moved to (N, C, T)."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y043', source='own', title='weighted, smoothed cross entropy on (N, C, T)', loud=False, cause='none',
    explanation='permute(1, 2, 0) turns (T, N, C) into (N, C, T), the form cross_entropy takes with targets (N, T).',
    layout=['seq batch', 'seq batch'],
)
V = 11


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.src, self.tgt = nn.Embedding(19, 6), nn.Embedding(V, 6)
        self.enc, self.dec = nn.LSTM(6, 8), nn.LSTM(6, 8)
        self.out = nn.Linear(8, V)
        self.register_buffer('weight', torch.linspace(0.5, 1.5, V))

    def forward(self, src, tgt_in):
        _, state = self.enc(self.src(src))
        return self.out(self.dec(self.tgt(tgt_in), state)[0]).permute(1, 2, 0)


def _inputs():
    torch.manual_seed(1)
    tgt = torch.randint(1, V, (8, 5))
    tgt[6:, 2] = 0
    tgt[5:, 4] = 0
    return (torch.randint(0, 19, (9, 5)), tgt[:-1]), tgt[1:].t().contiguous()


def make():
    torch.manual_seed(0)
    return (Translator(),) + _inputs()


fixed = make


def run(model, inputs, targets):
    return F.cross_entropy(model(*inputs), targets, weight=model.weight, ignore_index=0, label_smoothing=0.1)

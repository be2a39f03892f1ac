"""Time-first seq2seq with shifted teacher forcing, scheduled sampling and shared encoder/decoder weights."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y070', source='own',
    title='Time-first seq2seq with shifted teacher forcing, scheduled sampling and shared encoder/decoder weights',
    explanation='Time is first everywhere; inputs drop the last token and targets the first; the coin is flipped '
                'per sample, the same LSTM encodes and decodes.',
    layout=['seq batch', 'seq batch'],
)


class Tied(nn.Module):
    def __init__(self, v=12, h=6, p=.5):
        super().__init__()
        self.p = p
        self.emb = nn.Embedding(v, h)
        self.rnn = nn.LSTM(h, h)

    def forward(self, src, tgt):
        _, state = self.rnn(self.emb(src))
        tok, out = tgt[0], []
        for t in range(len(tgt) - 1):
            o, state = self.rnn(self.emb(tok).unsqueeze(0), state)
            logits = o[0] @ self.emb.weight.T
            out.append(logits)
            coin = torch.rand(tgt.size(1)) < self.p
            tok = torch.where(coin, tgt[t + 1], logits.argmax(-1))
        return torch.stack(out)


def make():
    torch.manual_seed(0)
    m = Tied()
    torch.manual_seed(1)
    tgt = torch.randint(2, 12, (6, 4))
    tgt[0] = 1
    return m, (torch.randint(2, 12, (7, 4)), tgt), None


fixed = make


def run(model, inputs, targets):
    src, tgt = inputs
    logits = model(src, tgt)
    return F.cross_entropy(logits.flatten(0, 1), tgt[1:].flatten())

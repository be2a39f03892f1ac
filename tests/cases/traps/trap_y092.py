"""Hierarchical attention network, words then sentences."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y092', source='own', loud=False, cause='none',
    title='Hierarchical attention network, words then sentences',
    explanation=(
        'Sentences fold into the batch for the word GRU and unfold by view; empty sentences get a '
        'clamped length of 1 and are masked above.'), fix='',
    layout='batch seq words',
)


class Attend(nn.Module):
    def __init__(self, d, a=6):
        super().__init__()
        self.fc, self.u = nn.Linear(d, a), nn.Linear(a, 1, bias=False)

    def forward(self, x, mask):
        s = self.u(torch.tanh(self.fc(x))).squeeze(2)
        w = torch.exp(s - s.max(dim=1, keepdim=True)[0]) * mask
        w = w / w.sum(1, keepdim=True).clamp_min(1e-8)
        return (w.unsqueeze(2) * x).sum(1), w


class HAN(nn.Module):
    def __init__(self, vocab=30, e=7, h=4, classes=5):
        super().__init__()
        self.emb = nn.Embedding(vocab, e, padding_idx=0)
        self.wgru = nn.GRU(e, h, batch_first=True, bidirectional=True)
        self.sgru = nn.GRU(2 * h, h, batch_first=True, bidirectional=True)
        self.watt, self.satt = Attend(2 * h), Attend(2 * h)
        self.fc = nn.Linear(2 * h, classes)

    @staticmethod
    def rnn(gru, x, n):
        p = nn.utils.rnn.pack_padded_sequence(x, n.clamp_min(1).cpu(), batch_first=True, enforce_sorted=False)
        return nn.utils.rnn.pad_packed_sequence(gru(p)[0], batch_first=True, total_length=x.size(1))[0]

    def forward(self, docs):
        b, s, w = docs.shape
        flat = docs.reshape(b * s, w)
        wm = flat > 0
        sent, alpha = self.watt(self.rnn(self.wgru, self.emb(flat), wm.sum(1)), wm)
        sm = wm.any(1).view(b, s)
        doc, beta = self.satt(self.rnn(self.sgru, sent.view(b, s, -1), sm.sum(1)), sm)
        return self.fc(doc), alpha.view(b, s, w), beta


def make():
    torch.manual_seed(0)
    m = HAN()
    torch.manual_seed(1)
    docs = torch.randint(1, 30, (4, 6, 8))
    keep = torch.randint(3, 9, (4, 6, 1))
    docs = docs * (torch.arange(8) < keep)
    docs[1, 4:], docs[3, 5:] = 0, 0
    return m, (docs,), torch.tensor([1, 0, 4, 2])


fixed = make


def run(model, inputs, targets):
    logits, alpha, beta = model(*inputs)
    return F.cross_entropy(logits, targets)

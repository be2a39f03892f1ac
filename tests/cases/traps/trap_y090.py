"""ESIM with sort by length and soft alignment both ways."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y090', source='own', loud=False, cause='none',
    title='ESIM with sort by length and soft alignment both ways',
    explanation=(
        'Each side is sorted, packed and restored with the inverse permutation; the alignment is bmm '
        'within a pair; pooling is masked.'), fix='',
    layout=['batch seq', 'batch seq'],
)


def masked_softmax(x, mask):
    return x.masked_fill(~mask, -1e9).softmax(-1)


class Seq(nn.Module):
    def __init__(self, i, h):
        super().__init__()
        self.rnn = nn.LSTM(i, h, batch_first=True, bidirectional=True)

    def forward(self, x, lengths):
        n, order = lengths.sort(descending=True)
        restore = order.argsort()
        p = nn.utils.rnn.pack_padded_sequence(x.index_select(0, order), n.cpu(), batch_first=True)
        o, _ = nn.utils.rnn.pad_packed_sequence(self.rnn(p)[0], batch_first=True)
        return o.index_select(0, restore)


class ESIM(nn.Module):
    def __init__(self, vocab=21, e=6, h=5, classes=3):
        super().__init__()
        self.emb = nn.Embedding(vocab, e, padding_idx=0)
        self.enc, self.comp = Seq(e, h), Seq(h, h)
        self.proj = nn.Sequential(nn.Linear(8 * h, h), nn.ReLU())
        self.cls = nn.Sequential(nn.Linear(8 * h, h), nn.Tanh(), nn.Linear(h, classes))

    @staticmethod
    def pool(v, m):
        m = m.unsqueeze(2)
        return (v * m).sum(1) / m.sum(1), v.masked_fill(~m, -1e7).max(dim=1)[0]

    def forward(self, p, q):
        pn, qn = (p != 0).sum(1), (q != 0).sum(1)
        a, b = self.enc(self.emb(p), pn), self.enc(self.emb(q), qn)
        pm, qm = (p != 0)[:, :a.size(1)], (q != 0)[:, :b.size(1)]
        sim = a.bmm(b.transpose(2, 1).contiguous())
        a2 = masked_softmax(sim, qm.unsqueeze(1)).bmm(b) * pm.unsqueeze(2)
        b2 = masked_softmax(sim.transpose(1, 2).contiguous(), pm.unsqueeze(1)).bmm(a) * qm.unsqueeze(2)
        va = self.comp(self.proj(torch.cat([a, a2, a - a2, a * a2], -1)), pn)
        vb = self.comp(self.proj(torch.cat([b, b2, b - b2, b * b2], -1)), qn)
        return self.cls(torch.cat([*self.pool(va, pm), *self.pool(vb, qm)], 1))


def make():
    torch.manual_seed(0)
    m = ESIM()
    torch.manual_seed(1)
    p, q = torch.randint(1, 21, (5, 9)), torch.randint(1, 21, (5, 7))
    for i, (u, v) in enumerate(((5, 7), (9, 4), (7, 6), (3, 7), (8, 2))):
        p[i, u:], q[i, v:] = 0, 0
    return m, (p, q), torch.tensor([0, 2, 1, 1, 0])


fixed = make


def run(model, inputs, targets):
    return F.cross_entropy(model(*inputs), targets)

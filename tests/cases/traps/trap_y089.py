"""BiDAF attention flow with start and end heads."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y089', source='own', loud=False, cause='none',
    title='BiDAF attention flow with start and end heads',
    explanation=(
        'Similarity is (b, context, query); max over query and softmax over context give one vector per '
        'sample expanded over steps.'), fix='',
    layout=['batch seq', 'batch seq'],
)


class BiDAF(nn.Module):
    def __init__(self, vocab=25, e=6, h=5):
        super().__init__()
        self.emb = nn.Embedding(vocab, e, padding_idx=0)
        self.ctx = nn.LSTM(e, h, batch_first=True, bidirectional=True)
        self.wc, self.wq, self.wcq = (nn.Linear(2 * h, 1) for _ in range(3))
        self.m1 = nn.LSTM(8 * h, h, batch_first=True, bidirectional=True)
        self.m2 = nn.LSTM(8 * h + 6 * h, h, batch_first=True, bidirectional=True)
        self.s, self.e = nn.Linear(10 * h, 1), nn.Linear(10 * h, 1)

    @staticmethod
    def rnn(lstm, x, mask):
        n = mask.sum(1).cpu()
        p = nn.utils.rnn.pack_padded_sequence(x, n, batch_first=True, enforce_sorted=False)
        return nn.utils.rnn.pad_packed_sequence(lstm(p)[0], batch_first=True, total_length=x.size(1))[0]

    def flow(self, c, q, cm, qm):
        cq = torch.stack([self.wcq(c * qi.unsqueeze(1)).squeeze(2) for qi in q.unbind(1)], dim=-1)
        s = self.wc(c) + self.wq(q).transpose(1, 2) + cq
        a = s.masked_fill(~qm.unsqueeze(1), -1e9).softmax(2)
        c2q = torch.bmm(a, q)
        b = s.masked_fill(~qm.unsqueeze(1), -1e9).max(2)[0].masked_fill(~cm, -1e9).softmax(1).unsqueeze(1)
        q2c = torch.bmm(b, c).expand(-1, c.size(1), -1)
        return torch.cat([c, c2q, c * c2q, c * q2c], -1)

    def forward(self, context, query):
        cm, qm = context != 0, query != 0
        c, q = self.rnn(self.ctx, self.emb(context), cm), self.rnn(self.ctx, self.emb(query), qm)
        g = self.flow(c, q, cm, qm)
        m = self.rnn(self.m1, g, cm)
        start = self.s(torch.cat([g, m], -1)).squeeze(2).masked_fill(~cm, -1e9)
        a = torch.bmm(start.softmax(1).unsqueeze(1), m).expand_as(m)
        m2 = self.rnn(self.m2, torch.cat([g, m, a, m * a], -1), cm)
        return start, self.e(torch.cat([g, m2], -1)).squeeze(2).masked_fill(~cm, -1e9)


def make():
    torch.manual_seed(0)
    m = BiDAF()
    torch.manual_seed(1)
    c, q = torch.randint(1, 25, (4, 11)), torch.randint(1, 25, (4, 6))
    c[1, 8:] = c[3, 9:] = 0
    q[0, 4:] = q[2, 5:] = 0
    return m, (c, q), (torch.tensor([2, 1, 0, 5]), torch.tensor([4, 3, 9, 8]))


fixed = make


def run(model, inputs, targets):
    s, e = model(*inputs)
    return F.cross_entropy(s, targets[0]) + F.cross_entropy(e, targets[1])

"""Pointer-generator with copy by scatter_add and coverage."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y091', source='own', loud=False, cause='none',
    title='Pointer-generator with copy by scatter_add and coverage',
    explanation=(
        'Attention is added into the extended vocabulary at source ids of the same row; the coverage '
        'loss is masked by target pads.'), fix='',
    layout=['batch seq', 'batch seq'],
)


class PointerGenerator(nn.Module):
    def __init__(self, vocab=15, oov=3, e=6, h=7):
        super().__init__()
        self.vocab, self.oov = vocab, oov
        self.emb = nn.Embedding(vocab, e, padding_idx=0)
        self.enc = nn.LSTM(e, h, batch_first=True, bidirectional=True)
        self.rh, self.rc = nn.Linear(2 * h, h), nn.Linear(2 * h, h)
        self.xc, self.cell = nn.Linear(e + 2 * h, e), nn.LSTMCell(e, h)
        self.wh, self.ws = nn.Linear(2 * h, h, bias=False), nn.Linear(2 * h, h)
        self.wc, self.v = nn.Linear(1, h, bias=False), nn.Linear(h, 1, bias=False)
        self.pgen, self.out = nn.Linear(4 * h + e, 1), nn.Linear(3 * h, vocab)

    def words(self, ids):
        return self.emb(ids.masked_fill(ids >= self.vocab, 1))

    def forward(self, src, tgt):
        b, n = src.shape
        mask = src.ne(0)
        p = nn.utils.rnn.pack_padded_sequence(self.words(src), mask.sum(1).cpu(), batch_first=True,
                                              enforce_sorted=False)
        o, (h, c) = self.enc(p)
        o, _ = nn.utils.rnn.pad_packed_sequence(o, batch_first=True, total_length=n)
        h = F.relu(self.rh(h.transpose(0, 1).reshape(b, -1)))
        c = F.relu(self.rc(c.transpose(0, 1).reshape(b, -1)))
        feat = self.wh(o)
        ctx, cov = o.new_zeros(b, o.size(2)), o.new_zeros(b, n)
        dists, extra = [], []
        for y in self.words(tgt).transpose(0, 1):
            x = self.xc(torch.cat((ctx, y), 1))
            h, c = self.cell(x, (h, c))
            state = torch.cat((h, c), 1)
            e = feat + self.ws(state).unsqueeze(1) + self.wc(cov.unsqueeze(2))
            a = self.v(torch.tanh(e)).squeeze(2).masked_fill(~mask, -1e9).softmax(1)
            ctx = torch.bmm(a.unsqueeze(1), o).view(b, -1)
            extra.append(torch.min(a, cov).sum(1))
            cov = cov + a
            g = torch.sigmoid(self.pgen(torch.cat((ctx, state, x), 1)))
            pv = g * self.out(torch.cat((h, ctx), 1)).softmax(1)
            dists.append(F.pad(pv, (0, self.oov)).scatter_add(1, src, (1 - g) * a))
        return torch.stack(dists, 1), torch.stack(extra, 1)


def make():
    torch.manual_seed(0)
    m = PointerGenerator()
    torch.manual_seed(1)
    src, tgt = torch.randint(2, 18, (4, 10)), torch.randint(2, 18, (4, 7))
    src[1, 7:] = src[2, 9:] = 0
    tgt[0, 5:] = tgt[3, 6:] = 0
    return m, (src, tgt), None


fixed = make


def run(model, inputs, targets):
    src, tgt = inputs
    dist, cov = model(src, tgt[:, :-1])
    gold = tgt[:, 1:]
    mask = gold.ne(0).float()
    nll = -torch.log(dist.gather(2, gold.unsqueeze(2)).squeeze(2) + 1e-12)
    return (((nll + cov) * mask).sum(1) / mask.sum(1)).mean()

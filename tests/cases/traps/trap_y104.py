"""AWD-LSTM: weight drop, locked dropout, carried state detached between BPTT windows, AR and TAR."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y104', source='own', loud=False, cause='none',
    title='AWD-LSTM: weight drop, locked dropout, carried state detached between BPTT windows, AR and TAR',
    explanation=(
        'The dropout mask is (1, b, d), shared over time; columns of the batchified stream are '
        'independent; targets are the next rows flattened.'), fix='',
    layout='seq batch',
)


class Locked(nn.Module):
    def forward(self, x, p):
        if not self.training or not p:
            return x
        m = x.new_empty(1, x.size(1), x.size(2)).bernoulli_(1 - p) / (1 - p)
        return m.expand_as(x) * x


class Layer(nn.Module):
    def __init__(self, i, h, p):
        super().__init__()
        self.p, self.h = p, h
        self.ih, self.raw = nn.Linear(i, 4 * h), nn.Parameter(torch.randn(4 * h, h) * 0.2)

    def forward(self, x, state):
        w = F.dropout(self.raw, self.p, self.training)
        h, c = state
        out = []
        for g in self.ih(x):
            i, f, u, o = (g + h @ w.t()).chunk(4, -1)
            c = f.sigmoid() * c + i.sigmoid() * u.tanh()
            h = o.sigmoid() * c.tanh()
            out.append(h)
        return torch.stack(out), (h, c)


class AWD(nn.Module):
    def __init__(self, vocab=17, e=6, h=9):
        super().__init__()
        self.vocab, self.emb, self.lock = vocab, nn.Embedding(vocab, e), Locked()
        self.layers = nn.ModuleList([Layer(e, h, 0.3), Layer(h, e, 0.3)])
        self.dec = nn.Linear(e, vocab)
        self.dec.weight = self.emb.weight

    def init(self, b):
        return [(torch.zeros(b, m.h), torch.zeros(b, m.h)) for m in self.layers]

    def window(self, ids, states):
        w = self.emb.weight
        if self.training:
            w = w * w.new_empty(self.vocab, 1).bernoulli_(0.9).expand_as(w) / 0.9
        x = raw = self.lock(F.embedding(ids, w), 0.3)
        new = []
        for m, s in zip(self.layers, states):
            raw, s = m(x, s)
            x = self.lock(raw, 0.2)
            new.append(s)
        return self.dec(x.flatten(0, 1)).view(*ids.shape, -1), new, raw, x

    def forward(self, ids, bptt=5):
        states, out = self.init(ids.size(1)), []
        for k in range(0, ids.size(0), bptt):
            states = [tuple(v.detach() for v in s) for s in states]
            logits, states, _, _ = self.window(ids[k:k + bptt], states)
            out.append(logits)
        return torch.cat(out)


def make():
    torch.manual_seed(0)
    m = AWD()
    torch.manual_seed(1)
    stream = torch.randint(0, 17, (4 * 16 + 3,))
    return m, (stream[:64].view(4, -1).t().contiguous(),), None


fixed = make


def run(model, inputs, targets):
    ids, = inputs
    states, total = model.init(ids.size(1)), 0.
    for k in range(0, ids.size(0) - 1, 5):
        n = min(5, ids.size(0) - 1 - k)
        states = [tuple(v.detach() for v in s) for s in states]
        logits, states, raw, dropped = model.window(ids[k:k + n], states)
        loss = F.cross_entropy(logits.view(-1, model.vocab), ids[k + 1:k + 1 + n].view(-1))
        total = total + loss + 2 * dropped.pow(2).mean() + (raw[1:] - raw[:-1]).pow(2).mean()
    return total

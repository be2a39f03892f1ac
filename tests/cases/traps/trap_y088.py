"""ELMo-like character CNN, separate forward and backward LMs, scalar mix."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y088', source='own', loud=False, cause='none',
    title='ELMo-like character CNN, separate forward and backward LMs, scalar mix',
    explanation=(
        'Words are folded into the batch for the char CNN; the backward LM sees the padded-right words '
        'flipped within their lengths.'), fix='',
    layout='batch seq chars',
)


def flip(x, lengths):
    t = x.size(1)
    pos = torch.arange(t).unsqueeze(0).expand(x.size(0), -1)
    n = lengths.unsqueeze(1)
    idx = torch.where(pos < n, n - 1 - pos, pos)
    return x.gather(1, idx.unsqueeze(2).expand_as(x))


class ELMo(nn.Module):
    def __init__(self, chars=20, e=5, filters=((1, 3), (2, 4), (3, 5)), p=6, h=9, layers=2):
        super().__init__()
        self.emb = nn.Embedding(chars, e, padding_idx=0)
        self.convs = nn.ModuleList(nn.Conv1d(e, n, w) for w, n in filters)
        d = sum(n for _, n in filters)
        self.gate, self.proj = nn.Linear(d, 2 * d), nn.Linear(d, p)
        self.fwd = nn.ModuleList(nn.LSTM(p, h, batch_first=True, proj_size=p) for _ in range(layers))
        self.bwd = nn.ModuleList(nn.LSTM(p, h, batch_first=True, proj_size=p) for _ in range(layers))
        self.mix, self.gamma = nn.Parameter(torch.zeros(layers + 1)), nn.Parameter(torch.ones(1))

    def words(self, ids):
        b, t, c = ids.shape
        x = self.emb(ids.view(b * t, c)).transpose(1, 2)
        x = torch.cat([F.relu(conv(x).max(2)[0]) for conv in self.convs], 1)
        new, gate = self.gate(x).chunk(2, 1)
        g = torch.sigmoid(gate)
        return self.proj(g * x + (1 - g) * F.relu(new)).view(b, t, -1)

    def forward(self, ids):
        mask = (ids > 0).any(2)
        lengths = mask.sum(1)
        x = self.words(ids)
        f, r = x, flip(x, lengths)
        layers = [torch.cat([x, x], -1)]
        for fl, bl in zip(self.fwd, self.bwd):
            nf, nr = fl(f)[0], bl(r)[0]
            f, r = (nf, nr) if len(layers) == 1 else (f + nf, r + nr)
            layers.append(torch.cat([f, flip(r, lengths)], -1))
        w = self.mix.softmax(0).view(-1, 1, 1, 1)
        out = self.gamma * (w * torch.stack(layers)).sum(0)
        return out * mask.unsqueeze(2)


def make():
    torch.manual_seed(0)
    m = ELMo()
    torch.manual_seed(1)
    ids = torch.randint(1, 20, (4, 7, 6))
    for i, n in enumerate((7, 5, 6, 3)):
        ids[i, n:] = 0
    return m, (ids,), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

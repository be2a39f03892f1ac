"""MusicVAE: BiLSTM posterior, conductor, bars folded into the batch for the decoder."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y100', source='own', loud=False, cause='none',
    title='MusicVAE: BiLSTM posterior, conductor, bars folded into the batch for the decoder',
    explanation=(
        'h_n is viewed (layers, 2, b, h) and its top directions are joined; view(b * bars, per) agrees '
        "with the conductor's reshape(b * bars, -1)."), fix='',
    layout='batch seq',
)


class MusicVAE(nn.Module):
    def __init__(self, vocab=12, e=6, h=7, z=5, bars=4, layers=2):
        super().__init__()
        self.bars, self.h, self.layers, self.vocab = bars, h, layers, vocab
        self.emb = nn.Embedding(vocab, e)
        self.enc = nn.LSTM(e, h, layers, batch_first=True, bidirectional=True)
        self.mu, self.logvar = nn.Linear(2 * h, z), nn.Linear(2 * h, z)
        self.init = nn.Linear(z, 2 * layers * h)
        self.cond = nn.LSTM(1, h, layers, batch_first=True)
        self.start = nn.Linear(h, 2 * layers * h)
        self.dec = nn.LSTM(e + h, h, layers, batch_first=True)
        self.out = nn.Linear(h, vocab)

    def state(self, flat):
        n = flat.size(0)
        s = torch.tanh(flat).view(n, 2, self.layers, self.h).permute(1, 2, 0, 3).contiguous()
        return s[0], s[1]

    def forward(self, x):
        b, t = x.shape
        e = self.emb(x)
        _, (hn, _) = self.enc(e)
        hn = hn.view(self.layers, 2, b, self.h)[-1]
        hn = hn.transpose(0, 1).reshape(b, -1)
        mu, logvar = self.mu(hn), self.logvar(hn)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp() if self.training else mu
        c, _ = self.cond(e.new_zeros(b, self.bars, 1), self.state(self.init(z)))
        per = t // self.bars
        c = c.reshape(b * self.bars, -1)
        shifted = torch.cat([torch.zeros_like(e[:, :1]), e[:, :-1]], 1)
        inp = shifted.reshape(b * self.bars, per, -1)
        inp = torch.cat([inp, c.unsqueeze(1).expand(-1, per, -1)], -1)
        o, _ = self.dec(inp, self.state(self.start(c)))
        return self.out(o).view(b, t, self.vocab), mu, logvar


def make():
    torch.manual_seed(0)
    m = MusicVAE()
    torch.manual_seed(1)
    return m, (torch.randint(0, 12, (5, 12)),), None


fixed = make


def run(model, inputs, targets):
    x, = inputs
    logits, mu, logvar = model(x)
    rec = F.cross_entropy(logits.transpose(1, 2), x, reduction='none').sum(1)
    kl = -0.5 * (1 + logvar - mu ** 2 - logvar.exp()).sum(1)
    return (rec + 0.2 * (kl - 1.).clamp_min(0.)).mean()

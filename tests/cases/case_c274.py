"""LSTM-VAE: the latent is projected to all decoder states and split with reshape(layers, batch, hidden)."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c274', source='timbmg/Sentence-VAE#20 and the time-series VAEs that copy the idiom',
    title='reshape(layers, batch, hidden) of a (batch, layers*hidden) projection',
    loud=False, cause='h0_view_scramble',
    explanation='The projection has one row per sample; reshaping it with the layer axis first reads the rows one '
                'after the '
                'other, so layer k of sample i is taken from another sample.',
    fix='t.unflatten(1, (layers, hidden)).permute(1, 0, 2).contiguous()',
    layout='batch seq features',
)


class SeriesVAE(nn.Module):
    def __init__(self, d=3, hid=10, latent=4, layers=3):
        super().__init__()
        self.layers, self.hid = layers, hid
        self.enc = nn.GRU(d, hid, batch_first=True)
        self.mu_logvar = nn.Linear(hid, 2 * latent)
        self.init_state = nn.Linear(latent, 2 * layers * hid)
        self.dec = nn.LSTM(d, hid, layers, batch_first=True)
        self.out = nn.Linear(hid, d)

    def as_state(self, t):
        return t.reshape(self.layers, -1, self.hid)  # BUG

    def reparam(self, mu, logvar):
        return mu + torch.randn_like(mu) * (0.5 * logvar).exp() if self.training else mu

    def forward(self, x):
        _, h = self.enc(x)
        mu, logvar = self.mu_logvar(h[-1]).chunk(2, dim=-1)
        z = self.reparam(mu, logvar)
        h0, c0 = (self.as_state(s) for s in torch.tanh(self.init_state(z)).chunk(2, dim=1))
        shifted = F.pad(x, (0, 0, 1, 0))[:, :-1]
        y, _ = self.dec(shifted, (h0, c0))  # BUG
        return self.out(y), mu, logvar


class SeriesVAERight(SeriesVAE):
    def as_state(self, t):
        return t.unflatten(1, (self.layers, self.hid)).permute(1, 0, 2).contiguous()


def _x():
    torch.manual_seed(17)
    return torch.randn(5, 8, 3)


def make():
    torch.manual_seed(0)
    x = _x()
    return SeriesVAE(), (x,), x


def fixed():
    torch.manual_seed(0)
    x = _x()
    return SeriesVAERight(), (x,), x


def run(model, inputs, targets):
    return model(*inputs)

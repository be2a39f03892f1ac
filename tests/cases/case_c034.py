"""Time-series VAE: h_end[0] of a two-layer LSTM goes into the latent code."""
import torch
from torch import nn

META = dict(
    id='c034',
    source='tejaslodaya/timeseries-clustering-vae#3',
    title='Incorrect indexing in the forward pass of the encoder',
    loud=False,
    cause='hn_wrong_index',
    explanation='h_end is (layers, batch, hidden); index 0 is the first layer. The second layer is computed and '
                'thrown away.',
    fix='h_end[-1]',
    layout='seq batch features',
)
D, H, Z, T = 2, 6, 3, 7


class Vrae(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(D, H, 2, dropout=0.1)
        self.mean, self.logvar = nn.Linear(H, Z), nn.Linear(H, Z)
        self.to_hidden = nn.Linear(Z, H)
        self.decoder = nn.LSTM(1, H)
        self.to_output = nn.Linear(H, D)

    def end(self, h_end):
        return h_end[0, :, :]  # BUG

    def forward(self, x):
        _, (h_end, c_end) = self.encoder(x)
        h = self.end(h_end)
        mean, logvar = self.mean(h), self.logvar(h)  # BUG
        z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean) if self.training else mean
        h_0 = self.to_hidden(z).unsqueeze(0)
        out, _ = self.decoder(x.new_zeros(x.size(0), x.size(1), 1), (h_0, torch.zeros_like(h_0)))
        return self.to_output(out), mean, logvar


class VraeFixed(Vrae):
    def end(self, h_end):
        return h_end[-1, :, :]


def _data():
    torch.manual_seed(1)
    return (torch.randn(T, 4, D),)


def make():
    torch.manual_seed(0)
    return Vrae(), _data(), None


def fixed():
    torch.manual_seed(0)
    return VraeFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Latent code to LSTM state: Linear(z, 2 * hidden) viewed as (2, batch, hidden) to get h_0 and c_0."""
import torch
from torch import nn

META = dict(
    id='c167', source='timbmg/Sentence-VAE#20, in the form used for LSTM decoders',
    title='Maybe a bug in constructing hidden states',
    loud=False, cause='h0_view_scramble',
    explanation='The Linear gives (batch, 2 * hidden). view(2, batch, hidden) makes h_0 of the first half of the '
                'batch and c_0 of the second half.',
    fix='h0, c0 = self.proj(z).chunk(2, dim=1)',
    layout=[ "batch features", "batch seq features"],
)
H, Z = 6, 3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(Z, 2 * H)
        self.lstm = nn.LSTM(4, H, batch_first=True)

    def start(self, z):
        h0, c0 = self.proj(z).view(2, z.size(0), H)  # BUG
        return h0.unsqueeze(0), c0.unsqueeze(0)

    def forward(self, z, x):
        out, _ = self.lstm(x, self.start(z))  # BUG
        return out


class NetFixed(Net):
    def start(self, z):
        h0, c0 = self.proj(z).chunk(2, dim=1)
        return h0.unsqueeze(0).contiguous(), c0.unsqueeze(0).contiguous()


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, Z), torch.randn(4, 5, 4)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

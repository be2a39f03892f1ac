"""Denoising auto-encoder: the latent repeated over time with repeat(seq, 1, 1) for a batch-first decoder, batch ==
seq."""
import torch
from torch import nn

META = dict(
    id='c230', source='keras-team/keras#5203 (RepeatVector), ported as z.repeat(T, 1, 1)',
    title='RepeatVector in torch',
    loud=False, cause='batch_seq_swapped',
    explanation='z.repeat(seq, 1, 1) is (seq, batch, z). A batch-first decoder takes that for seq samples of '
                'batch steps; as both are equal in number the reconstruction fits.',
    fix='z.unsqueeze(1).repeat(1, seq, 1)',
    layout='batch seq features',
)
N, H = 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.LSTM(3, H, batch_first=True)
        self.dec = nn.LSTM(H, 3, batch_first=True)

    def tile(self, z, steps):
        return z.repeat(steps, 1, 1)  # BUG

    def forward(self, x):
        _, (h, _) = self.enc(x)
        out, _ = self.dec(self.tile(h[-1], x.size(1)))  # BUG
        return out


class NetFixed(Net):
    def tile(self, z, steps):
        return z.unsqueeze(1).repeat(1, steps, 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(N, N, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

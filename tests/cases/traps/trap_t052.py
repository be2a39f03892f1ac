"""Reversible instance normalisation, patches by unfold, channels folded into the batch, Transformer, flatten head."""
import torch
from torch import nn

META = dict(
    id='t052', source='PatchTST-like forecasters',
    title='Patches of every channel as tokens',
    explanation='Means and deviations are per sample and channel; folding and unfolding undo each other.',
    layout='batch seq features',
)
T, D, P, M = 12, 3, 4, 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(P, M)
        self.pos = nn.Parameter(torch.randn(T // P, M))
        layer = nn.TransformerEncoderLayer(M, 2, 16, batch_first=True, norm_first=True)
        self.enc = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(M * (T // P), 5)

    def forward(self, x):
        mean = x.mean(1, keepdim=True)
        std = x.std(1, keepdim=True, unbiased=False) + 1e-5
        z = ((x - mean) / std).transpose(1, 2)
        z = z.unfold(-1, P, P).reshape(-1, T // P, P)
        z = self.enc(self.inp(z) + self.pos).flatten(1)
        y = self.head(z).view(-1, D, 5).transpose(1, 2)
        return y * std + mean


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, T, D),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

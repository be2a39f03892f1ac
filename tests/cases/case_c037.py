"""State divided by a norm taken over everything, the batch included."""
import torch
from torch import nn

META = dict(
    id='c037',
    source='ranshiju/Python-for-Tensor-Network-Tutorial#6 (the norm across samples)',
    title='The norm should be calculated for each sample separately',
    loud=False,
    cause='norm_over_batch',
    explanation='h.norm() is one number for the whole batch; each sample is scaled by the size of all of them.',
    fix='h / h.norm(dim=-1, keepdim=True)',
    layout='seq batch features',
)
D, H = 3, 5


class Latent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H, 2)
        self.fc = nn.Linear(H, 4)

    def unit(self, h):
        return h / h.norm()  # BUG

    def forward(self, x):
        out, h_n = self.gru(x)
        return self.fc(self.unit(h_n[-1]))  # BUG


class LatentFixed(Latent):
    def unit(self, h):
        return h / h.norm(dim=-1, keepdim=True)


def _data():
    torch.manual_seed(1)
    return (torch.randn(8, 4, D),)


def make():
    torch.manual_seed(0)
    return Latent(), _data(), None


def fixed():
    torch.manual_seed(0)
    return LatentFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

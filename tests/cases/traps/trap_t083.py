"""Relative position attention with the shift by reshape, heads first, as in Transformer-XL."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t083', source='Transformer-XL and XLNet attention',
    title='rel_shift',
    explanation='The scores are reshaped to exchanged sizes, one row is dropped and they are reshaped back: every '
                'row moves by one.',
    layout='batch seq features',
)
D, HEADS = 8, 2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(D, 3 * D)
        self.rel = nn.Parameter(torch.randn(HEADS, 7, D // HEADS))
        self.out = nn.Linear(D, D)

    def shift(self, x):
        b, h, q, k = x.shape
        x = F.pad(x, (1, 0)).reshape(b, h, k + 1, q)
        return x[:, :, 1:].reshape(b, h, q, k)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) + self.shift(torch.einsum("bhqd,hkd->bhqk", q, self.rel[:, :t]))
        y = torch.softmax(scores / 2, -1) @ v
        return self.out(y.transpose(1, 2).reshape(b, t, D))


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 7, D),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

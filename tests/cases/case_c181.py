"""Attention from scratch: x.view(B, heads, T, d) without a transpose."""
import torch
from torch import nn

META = dict(
    id='c181', source='GitHub questions on multi-head attention written with view(batch, heads, seq, d)',
    title='Splitting heads with view only',
    loud=False, cause='view_not_permute',
    explanation='(B, T, D) viewed as (B, heads, T, d) cuts the memory of a sample into pieces that mix steps and '
                'features.',
    fix='x.view(B, T, heads, d).transpose(1, 2)',
    layout='batch seq features',
)
D, HEADS = 8, 2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(D, D), nn.Linear(D, D), nn.Linear(D, D)
        self.ff = nn.Linear(D, D)

    def split(self, x):
        return x.view(x.size(0), HEADS, -1, D // HEADS)  # BUG

    def join(self, y):
        return y.reshape(y.size(0), -1, D)

    def forward(self, x):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        w = torch.softmax(q @ k.transpose(-2, -1) / (D // HEADS) ** 0.5, dim=-1)
        return self.ff(self.join(w @ v))


class NetFixed(Net):
    def split(self, x):
        return x.view(x.size(0), -1, HEADS, D // HEADS).transpose(1, 2)

    def join(self, y):
        return y.transpose(1, 2).reshape(y.size(0), -1, D)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 6, D),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

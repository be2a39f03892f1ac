"""Spatial and temporal attention in turn (divided space-time), heads folded properly."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t068', source='TimeSformer-like blocks',
    title='Divided attention',
    explanation='First over places of a frame, then over frames of a place, with transposes in between.',
    layout='batch seq places features',
)
D, HEADS = 8, 2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.space = nn.MultiheadAttention(D, HEADS, batch_first=True)
        self.time = nn.Linear(D, 3 * D)
        self.out = nn.Linear(D, D)

    def forward(self, x):
        b, t, p, d = x.shape
        y = x.reshape(b * t, p, d)
        y = y + self.space(y, y, y, need_weights=False)[0]
        y = y.view(b, t, p, d).transpose(1, 2).reshape(b * p, t, d)
        q, k, v = self.time(y).view(b * p, t, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        z = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b * p, t, d)
        return self.out(z).view(b, p, t, d).transpose(1, 2)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(2, 4, 3, D),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

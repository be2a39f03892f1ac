"""Self-attention by hand: q.view(B, T, heads, d) goes into scaled_dot_product_attention without the transpose."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c180', source='forum and GitHub questions on F.scaled_dot_product_attention shapes',
    title='scaled_dot_product_attention attends over heads',
    loud=False, cause='mha_batch_first',
    explanation='The function attends over the second-last axis. Without transpose(1, 2) that axis is the heads: '
                'each step mixes its own heads, and steps never see each other.',
    fix='q.view(B, T, heads, d).transpose(1, 2)',
    layout='batch seq features',
)
D, HEADS = 8, 2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(D, 3 * D)
        self.out = nn.Linear(D, D)

    def heads(self, x):
        return x.view(x.size(0), x.size(1), HEADS, -1)

    def merge(self, y):
        return y.reshape(y.size(0), y.size(1), D)

    def forward(self, x):
        q, k, v = (self.heads(t) for t in self.qkv(x).chunk(3, dim=-1))
        y = F.scaled_dot_product_attention(q, k, v)  # BUG
        return x + self.out(self.merge(y))


class NetFixed(Net):
    def heads(self, x):
        return super().heads(x).transpose(1, 2)

    def merge(self, y):
        return super().merge(y.transpose(1, 2))


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

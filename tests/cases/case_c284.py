"""Patches by unfold: the patch axis lands last and is reshaped away instead of moved."""
import torch
from torch import nn

META = dict(
    id='c284', source='recurring mistake with Tensor.unfold (the window axis is appended at the end)',
    title='x.unfold(1, P, S).reshape(-1, P, C): steps and channels are interleaved',
    loud=False, cause='view_not_permute',
    explanation='unfold gives (batch, patches, channels, P). Reshaping (C, P) to (P, C) does not exchange the axes: '
                'what '
                'the '
                'patch LSTM takes for one step is a run of steps of one channel.',
    fix='x.unfold(1, P, S).transpose(2, 3).reshape(-1, P, C)',
    layout='batch seq features',
)
P, S = 6, 3


def patchify(x):
    w = x.unfold(1, P, S)
    return w.reshape(-1, P, x.size(-1)), w.size(1)  # BUG


def patchify_right(x):
    w = x.unfold(1, P, S)
    return w.transpose(2, 3).reshape(-1, P, x.size(-1)), w.size(1)


class PatchRNN(nn.Module):
    def __init__(self, cut, c=4, hid=8):
        super().__init__()
        self.cut = cut
        self.inner = nn.LSTM(c, hid, batch_first=True)
        self.outer = nn.GRU(hid, hid, batch_first=True)
        self.head = nn.Linear(hid, c)

    def forward(self, x):
        patches, n = self.cut(x)
        _, (h, _) = self.inner(patches)  # BUG
        tokens = h[-1].view(x.size(0), n, -1)
        _, g = self.outer(tokens)
        return self.head(g[-1])


def _x():
    torch.manual_seed(59)
    return (torch.randn(5, 21, 4),)


def make():
    torch.manual_seed(0)
    return PatchRNN(patchify), _x(), None


def fixed():
    torch.manual_seed(0)
    return PatchRNN(patchify_right), _x(), None


def run(model, inputs, targets):
    return model(*inputs)

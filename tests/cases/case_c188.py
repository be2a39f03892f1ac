"""Sliding windows by unfold: (batch, windows, features, width) reshaped to (-1, width, features)."""
import torch
from torch import nn

META = dict(
    id='c188', source='forum question on Tensor.unfold for windows of a multivariate series',
    title='unfold puts the window last',
    loud=False, cause='view_not_permute',
    explanation='unfold appends the window axis at the end. reshape(-1, width, features) reads features and steps '
                'in the wrong order; a permute is needed first.',
    fix='w.permute(0, 1, 3, 2).reshape(-1, width, features)',
    layout='batch seq features',
)
W, D, H = 4, 3, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H, batch_first=True)
        self.fc = nn.Linear(H, 1)

    def windows(self, x):
        return x.unfold(1, W, 2).reshape(-1, W, D)  # BUG

    def forward(self, x):
        w = self.windows(x)
        _, h = self.gru(w)  # BUG
        return self.fc(h[-1]).view(x.size(0), -1)


class NetFixed(Net):
    def windows(self, x):
        return x.unfold(1, W, 2).permute(0, 1, 3, 2).reshape(-1, W, D)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 10, D),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""StNet: maps (b * t, c, h, w) of a time-distributed 2-D network viewed as (b, c, t, h, w) for Conv3d."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c207', source='dmenig/Pytorch-StNet#2',
    title='Bug in Temporal Module',
    loud=False, cause='view_not_permute',
    explanation='Folded with the frames outside, the maps are (b, t, c, h, w) in memory; viewing them as (b, c, '
                't, h, w) swaps frames and channels.',
    fix='x.view(b, t, c, h, w).transpose(1, 2)',
    layout='batch seq channels height width',
)
C = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, C, 3, padding=1)
        self.temporal = nn.Conv3d(C, 5, (3, 1, 1), padding=(1, 0, 0))
        self.fc = nn.Linear(5, 2)

    def unfold(self, x, b, t):
        return x.view(b, C, t, x.size(2), x.size(3))  # BUG

    def forward(self, clip):
        b, t = clip.shape[:2]
        x = F.relu(self.conv(clip.flatten(0, 1)))
        x = self.temporal(self.unfold(x, b, t))  # BUG
        return self.fc(x.mean((2, 3, 4)))


class NetFixed(Net):
    def unfold(self, x, b, t):
        return x.view(b, t, C, x.size(2), x.size(3)).transpose(1, 2)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(2, 4, 3, 4, 4),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

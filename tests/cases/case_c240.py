"""ConvLSTM-like cell by hand run over axis 0 of (batch, time, channels, h, w), batch == time."""
import torch
from torch import nn

META = dict(
    id='c240', source='ndrplz/ConvLSTM_pytorch#22',
    title='fixed: sequence dim for batch-first=False',
    loud=False, cause='cell_loop_axis',
    explanation='The loop runs over axis 0 although the clip is batch-first: the state goes from sample to '
                'sample.',
    fix='for frame in clip.unbind(1)',
    layout='batch seq channels height width',
)
C = 3


class Net(nn.Module):
    axis = 0

    def __init__(self):
        super().__init__()
        self.gates = nn.Conv2d(1 + C, 4 * C, 3, padding=1)

    def forward(self, clip):
        n, t, _, h, w = clip.shape
        state = clip.new_zeros(n, C, h, w)
        cell = clip.new_zeros(n, C, h, w)
        for frame in clip.unbind(self.axis):  # BUG
            i, f, o, g = self.gates(torch.cat([frame, state], dim=1)).chunk(4, dim=1)  # BUG
            cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            state = torch.sigmoid(o) * torch.tanh(cell)
        return state


class NetFixed(Net):
    axis = 1


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(4, 4, 1, 3, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

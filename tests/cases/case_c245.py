"""Frames (batch, time, c, h, w) into Conv2d without folding."""
import torch
from torch import nn

META = dict(
    id='c245', source='forum question "Expected 3D (unbatched) or 4D (batched) input to conv2d"',
    title='Expected 3D or 4D input to conv2d, got 5D',
    loud=True, cause='input_4d',
    explanation='A clip has five axes; batch and time have to be folded for a 2-D convolution.',
    fix='self.cnn(clip.flatten(0, 1)).unflatten(0, clip.shape[:2])',
    layout='batch seq channels height width',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Conv2d(3, 4, 3)
        self.lstm = nn.LSTM(4 * 36, 5, batch_first=True)

    def maps(self, clip):
        return self.cnn(clip)  # BUG

    def forward(self, clip):
        return self.lstm(self.maps(clip).flatten(2))[0]  # BUG


class NetFixed(Net):
    def maps(self, clip):
        return self.cnn(clip.flatten(0, 1)).unflatten(0, clip.shape[:2])


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(2, 5, 3, 8, 8),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

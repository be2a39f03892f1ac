"""TimeDistributed CNN: time is folded into the batch for the convolutions and unfolded for the LSTM."""
import torch
from torch import nn

META = dict(
    id='y003', source='own program (TimeDistributed)', title='flatten(0, 1), CNN, unflatten(0, ...)',
    explanation='Frames are folded and unfolded in the same order.',
    layout='batch seq channel rows cols',
)


class TimeDistributed(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x.flatten(0, 1)).unflatten(0, x.shape[:2])


class FrameNet(nn.Module):
    def __init__(self, hid=8):
        super().__init__()
        self.per_frame = TimeDistributed(nn.Sequential(
            nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()))
        self.rnn = nn.GRU(16, hid, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hid, 3)

    def forward(self, clip):
        _, h = self.rnn(self.per_frame(clip))
        return self.fc(torch.cat([h[-2], h[-1]], -1))


def make():
    torch.manual_seed(0)
    m = FrameNet()
    torch.manual_seed(1)
    return m, (torch.rand(4, 6, 2, 9, 7),), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""ConvLSTM-like stack: frames (batch, seq, c, h, w) flattened to 4-D and given to nn.LSTM."""
import torch
from torch import nn

META = dict(
    id='c094',
    source='own; CNN features (batch, seq, channels, positions) into an LSTM',
    title='LSTM: Expected input to be 2D or 3D, got 4D instead',
    loud=True,
    cause='input_4d',
    explanation='Channels and positions of one frame are its features and must be one axis.',
    fix='maps.flatten(2)',
    layout='batch seq channels height width',
)


class Radar(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, stride=2)
        self.lstm = nn.LSTM(width, 6, batch_first=True)  # BUG
        self.fc = nn.Linear(6, 1)

    def features(self, maps):
        return maps  # BUG

    def forward(self, frames):
        b, t = frames.shape[:2]
        maps = torch.relu(self.conv(frames.flatten(0, 1))).flatten(2).view(b, t, 3, -1)
        out, _ = self.lstm(self.features(maps))  # BUG
        return self.fc(out[:, -1])


class RadarFixed(Radar):
    def features(self, maps):
        return maps.flatten(2)


def _data():
    torch.manual_seed(1)
    return (torch.rand(2, 5, 1, 7, 7),)


def make():
    torch.manual_seed(0)
    return Radar(9), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return RadarFixed(27), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

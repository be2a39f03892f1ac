"""Time-distributed CNN folded batch-first, unfolded seq-first."""
import torch
from torch import nn

META = dict(
    id='c121',
    source='own; CNN-LSTM with frames folded into the batch',
    title='frames.view(b * t, ...) and features.view(t, b, -1)',
    loud=False,
    cause='view_not_permute',
    explanation='The fold runs over (b, t), the unfold over (t, b): frames of several clips are shuffled into each '
                'sequence.',
    fix='features.view(b, t, -1).transpose(0, 1)',
    layout='batch seq channels height width',
)
H = 6


class Gestures(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(2, 3, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten())
        self.lstm = nn.LSTM(12, H)
        self.fc = nn.Linear(H, 4)

    def unfold(self, features, b, t):
        return features.view(t, b, -1)  # BUG

    def forward(self, clips):
        b, t, c, h, w = clips.size()
        features = self.cnn(clips.view(b * t, c, h, w))
        out, _ = self.lstm(self.unfold(features, b, t))  # BUG
        return self.fc(out[-1])


class GesturesFixed(Gestures):
    def unfold(self, features, b, t):
        return features.view(b, t, -1).transpose(0, 1)


def _data():
    torch.manual_seed(1)
    return (torch.rand(3, 5, 2, 7, 7),)


def make():
    torch.manual_seed(0)
    return Gestures(), _data(), None


def fixed():
    torch.manual_seed(0)
    return GesturesFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

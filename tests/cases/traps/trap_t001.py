"""Time-distributed CNN: batch and time folded into one axis and back, then an LSTM."""
import torch
from torch import nn

META = dict(
    id='t001',
    source='own; the usual time-distributed CNN-LSTM',
    title='view(b * t, c, h, w) and back to (b, t, -1)',
    explanation='Folding keeps the memory order, so unfolding gives back the same samples and steps.',
    layout='batch seq channels height width',
)


class CnnLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveMaxPool2d(2))
        self.lstm = nn.LSTM(16, 10, 2, batch_first=True, dropout=0.2)
        self.fc = nn.Linear(10, 3)

    def forward(self, video):
        b, t, c, h, w = video.shape
        maps = self.cnn(video.reshape(b * t, c, h, w))
        out, _ = self.lstm(maps.view(b, t, -1))
        return self.fc(out[:, -1])


def fixed():
    torch.manual_seed(0)
    model = CnnLstm()
    torch.manual_seed(1)
    return model, (torch.rand(3, 5, 2, 8, 8),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

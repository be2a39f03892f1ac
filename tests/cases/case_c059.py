"""Feature vectors of independent images unsqueezed at 0: one sequence of images."""
import torch
from torch import nn

META = dict(
    id='c059',
    source='own; "unsqueeze(0) to make it 3-D"',
    title='features.unsqueeze(0) to satisfy an LSTM with batch_first=True',
    loud=False,
    cause='seq_len_one',
    explanation='(1, batch, features) is one sequence whose steps are the samples: each result depends on the '
                'images before it.',
    fix='features.unsqueeze(1)',
    layout='batch channels height width',
)
H = 6


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.lstm = nn.LSTM(36, H, batch_first=True)
        self.fc = nn.Linear(H, 3)

    def recur(self, features):
        return self.lstm(features.unsqueeze(0))[0].squeeze(0)  # BUG

    def forward(self, images):
        return self.fc(self.recur(self.cnn(images)))


class CnnFixed(Cnn):
    def recur(self, features):
        return self.lstm(features.unsqueeze(1))[0].squeeze(1)


def _data():
    torch.manual_seed(1)
    return (torch.rand(5, 1, 8, 8),)


def make():
    torch.manual_seed(0)
    return Cnn(), _data(), None


def fixed():
    torch.manual_seed(0)
    return CnnFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

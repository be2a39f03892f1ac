"""Conv1d fed (batch, seq, features): the channel count does not fit."""
import torch
from torch import nn

META = dict(
    id='c025',
    source='own; "expected input[8, 24, 5] to have 5 channels, but got 24 channels instead"',
    title='CNN-LSTM: Conv1d before the LSTM gets its channels last',
    loud=True,
    cause='conv_no_permute',
    explanation='Conv1d wants (batch, channels, length); the windows are (batch, length, channels).',
    fix='self.features(x.permute(0, 2, 1)).permute(0, 2, 1)',
    layout='batch seq features',
)


class CnnLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv1d(5, 8, 3, padding=1), nn.ReLU(), nn.MaxPool1d(2))
        self.lstm = nn.LSTM(8, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def extract(self, x):
        return self.features(x)  # BUG

    def forward(self, x):
        out, _ = self.lstm(self.extract(x))
        return self.fc(out[:, -1])


class CnnLstmFixed(CnnLstm):
    def extract(self, x):
        return self.features(x.permute(0, 2, 1)).permute(0, 2, 1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(8, 24, 5),)


def make():
    torch.manual_seed(0)
    return CnnLstm(), _data(), None


def fixed():
    torch.manual_seed(0)
    return CnnLstmFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

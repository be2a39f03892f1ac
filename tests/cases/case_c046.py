"""LSTM(input_size=window) on (batch, features, window): recurrence over the variables by mistake."""
import torch
from torch import nn

META = dict(
    id='c046',
    source='llSourcell/tensorflow_speech_recognition_demo#6 (features passed as batch x features x time)',
    title='Channels-first windows into a batch_first LSTM whose input_size was set to the window',
    loud=False,
    cause='feature_seq_swapped',
    explanation='The data are (batch, features, time), as Conv1d wants them; the LSTM then takes each variable for '
                'a time step and the window for its features.',
    fix='nn.LSTM(features, H, batch_first=True) on x.transpose(1, 2)',
    layout='batch features seq',
)
D, T, H = 4, 12, 6


class Eeg(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(T, H, batch_first=True)  # BUG
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        out, _ = self.lstm(x)  # BUG
        return self.fc(out[:, -1])


class EegFixed(Eeg):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)

    def forward(self, x):
        out, _ = self.lstm(x.transpose(1, 2))
        return self.fc(out[:, -1])


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, D, T),)


def make():
    torch.manual_seed(0)
    return Eeg(), _data(), None


def fixed():
    torch.manual_seed(0)
    return EegFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

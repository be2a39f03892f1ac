"""Kaggle stock notebook: a univariate window becomes the feature vector of a single step."""
import torch
from torch import nn

META = dict(
    id='c174', source='GitHub stock-prediction notebooks (X.squeeze(-1).unsqueeze(1) into LSTM(look_back))',
    title='LSTM with input_size=look_back',
    loud=False, cause='seq_as_features',
    explanation='The days of the window stand on the feature axis and the sequence has one step: the LSTM has '
                'nothing to remember.',
    fix='nn.LSTM(1, H, batch_first=True) on (batch, look_back, 1)',
    layout='batch seq features',
)
LOOK_BACK, H = 12, 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(LOOK_BACK, H, num_layers=2, batch_first=True)  # BUG
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        x = x.squeeze(-1).unsqueeze(1)  # BUG
        out, _ = self.lstm(x)  # BUG
        return self.fc(out[:, -1, :])


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, H, num_layers=2, batch_first=True)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1, :])


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(6, LOOK_BACK, 1),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

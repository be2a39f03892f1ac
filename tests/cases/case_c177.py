"""CNN-LSTM forecaster: Conv1d(in_channels=window) on (batch, window, features)."""
import torch
from torch import nn

META = dict(
    id='c177', source='stackoverflow.com and Kaggle CNN-LSTM ports from Keras (Conv1D channels last)',
    title='Conv1d on (batch, seq, features): in_channels set to the sequence length',
    loud=False, cause='conv_no_permute',
    explanation='Conv1d wants (batch, channels, length). With in_channels=window the steps are taken for channels '
                'and the kernel slides over the features.',
    fix='self.conv(x.transpose(1, 2)).transpose(1, 2) with in_channels=features',
    layout='batch seq features',
)
T, D, C, H = 10, 6, 8, 7


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(in_channels=T, out_channels=C, kernel_size=3, padding=1)  # BUG
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        x = torch.relu(self.conv(x))  # BUG
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(in_channels=D, out_channels=C, kernel_size=3, padding=1)
        self.lstm = nn.LSTM(C, H, batch_first=True)

    def forward(self, x):
        x = torch.relu(self.conv(x.transpose(1, 2))).transpose(1, 2)
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, T, D),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

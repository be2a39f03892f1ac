"""Univariate windows (batch, window) given as x.unsqueeze(0): one sequence of length batch."""
import torch
from torch import nn

META = dict(
    id='c227', source='Kaggle notebooks (x.unsqueeze(0) "to add the batch dimension")',
    title='unsqueeze(0) on a batch of windows',
    loud=False, cause='seq_len_one',
    explanation='x is (batch, window). unsqueeze(0) makes a batch of one whose steps are the windows; the window '
                'stands for features.',
    fix='x.unsqueeze(-1) with input_size=1',
    layout='batch seq',
)
W, H = 8, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(W, H, batch_first=True)  # BUG
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        out, _ = self.lstm(x.unsqueeze(0))  # BUG
        return self.fc(out.squeeze(0))


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, H, batch_first=True)

    def forward(self, x):
        out, _ = self.lstm(x.unsqueeze(-1))
        return self.fc(out[:, -1])


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(5, W),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Flattened windows: Linear(hidden * 24) meets a window of 18 steps."""
import torch
from torch import nn

META = dict(
    id='c197', source='forum question "mat1 and mat2 shapes cannot be multiplied" after an LSTM and a flatten',
    title='mat1 and mat2 shapes cannot be multiplied (4x108 and 144x1)',
    loud=True, cause='head_in_features',
    explanation='All steps are flattened into the head, which was made for another window length.',
    fix='nn.Linear(H * 18, 1)',
    layout='batch seq features',
)
H = 6


class Net(nn.Module):
    window = 24

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, H, batch_first=True)
        self.fc = nn.Linear(H * self.window, 1)  # BUG

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out.reshape(x.size(0), -1))  # BUG


class NetFixed(Net):
    window = 18


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 18, 2),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Skill model: two-layer BiLSTM, forward state from layer 0 and backward from layer 1."""
import torch
from torch import nn

META = dict(
    id='c263', source='forum question on h_n ordering of a stacked bidirectional LSTM',
    title="Which rows of h_n are the last layer's?",
    loud=False, cause='hn_wrong_index',
    explanation='The rows are l0 forward, l0 backward, l1 forward, l1 backward: h[0] and h[-1] mix two layers.',
    fix='torch.cat([h[-2], h[-1]], 1)',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(8, 2)

    def ends(self, h):
        return h[0], h[-1]  # BUG

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.fc(torch.cat(self.ends(h), 1))  # BUG


class NetFixed(Net):
    def ends(self, h):
        return h[-2], h[-1]


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

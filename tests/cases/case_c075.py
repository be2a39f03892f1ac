"""Stateful GRU that keeps its state as an attribute; prediction with one sample afterwards."""
import torch
from torch import nn

META = dict(
    id='c075',
    source='own; self.hidden kept between a training batch and a single prediction',
    title='Expected hidden size (1, 1, 6), got [1, 4, 6]',
    loud=True,
    cause='state_carried_smaller_batch',
    explanation='self.hidden still holds the states of the four training samples when one sample is predicted.',
    fix='reset self.hidden when the batch size changes (or for every call)',
    layout='batch seq features',
)
D, H = 2, 6


class Stateful(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H, batch_first=True)
        self.fc = nn.Linear(H, 1)
        self.hidden = None

    def start(self, x):
        return self.hidden  # BUG

    def forward(self, x):
        out, hidden = self.gru(x, self.start(x))  # BUG
        self.hidden = hidden.detach()
        return self.fc(out)


class StatefulFixed(Stateful):
    def start(self, x):
        return None


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 6, D),)


def make():
    torch.manual_seed(0)
    return Stateful(), _data(), None


def fixed():
    torch.manual_seed(0)
    return StatefulFixed(), _data(), None


def run(model, inputs, targets):
    model.hidden = None
    return model(inputs[0]), model(inputs[0][:1])  # BUG

"""Multi-horizon forecaster, bidirectional with labels for every step through a two-layer head."""
import torch
from torch import nn

META = dict(
    id='t072', source='sequence-to-sequence regressors',
    title='Head on every step of a BiLSTM',
    explanation='Each step has both directions at that step; all of them are returned.',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, batch_first=True, bidirectional=True)
        self.head = nn.Sequential(nn.Linear(10, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, x):
        y = self.head(self.lstm(x)[0]).squeeze(-1)
        return y, y[:, -3:].mean(1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

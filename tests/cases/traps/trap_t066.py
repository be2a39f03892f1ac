"""Squeeze-and-excitation over the steps, channel dropout, gated pooling."""
import torch
from torch import nn

META = dict(
    id='t066', source='time-series classification networks',
    title='Weights for the steps',
    explanation='The pooled numbers weigh the steps they were pooled from.',
    layout='batch seq features',
)
T = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, batch_first=True)
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.excite = nn.Sequential(nn.Linear(T, 3), nn.ReLU(), nn.Linear(3, T), nn.Sigmoid())
        self.fc = nn.Linear(5, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        out = out * self.excite(self.pool(out).squeeze(-1)).unsqueeze(-1)
        return self.fc(out.mean(1))


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, T, 3),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""An LSTM that runs along the variables on purpose, after a permute."""
import torch
from torch import nn

META = dict(
    id='t003',
    source='own; inverted models read each variable as a token',
    title='Inverted forecaster: a token is a whole series, recurrence along the variables',
    explanation='x.permute(0, 2, 1) makes (batch, variables, time); time is the feature axis here on purpose.',
    layout='batch seq features',
)
T, D, H, OUT = 12, 5, 8, 3


class Inverted(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(T, H)
        self.mix = nn.GRU(H, H, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * H, OUT)

    def forward(self, x):
        mean = x.mean(1, keepdim=True)
        scale = x.std(1, keepdim=True, unbiased=False) + 1e-5
        tokens = self.embed(((x - mean) / scale).permute(0, 2, 1))   # (batch, variables, H)
        mixed, _ = self.mix(tokens)
        return self.head(mixed).permute(0, 2, 1) * scale + mean


def fixed():
    torch.manual_seed(0)
    model = Inverted()
    torch.manual_seed(1)
    return model, (torch.randn(4, T, D),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

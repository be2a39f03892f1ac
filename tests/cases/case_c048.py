"""Decoder loop: the new state is bound to another name, each step starts from the encoder's state."""
import torch
from torch import nn

META = dict(
    id='c048',
    source='own; decoder loops with "output, _ = decoder(...)"',
    title='The state returned by the decoder step is thrown away',
    loud=False,
    cause='state_not_carried',
    explanation='The decoder is called with the encoder state at every step; only the fed-back value changes.',
    fix='y, hidden = decoder(y, hidden)',
    layout='batch seq features',
)
D, H = 3, 7


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(D, H, batch_first=True)
        self.decoder = nn.GRUCell(1, H)
        self.proj = nn.Linear(H, 1)

    def rollout(self, y, hidden, horizon):
        preds = []
        for _ in range(horizon):
            state = self.decoder(y, hidden)  # BUG
            y = self.proj(state)
            preds.append(y)
        return torch.cat(preds, dim=1)

    def forward(self, x):
        _, hidden = self.encoder(x)
        return self.rollout(x[:, -1, :1], hidden[0], 4)


class ForecasterFixed(Forecaster):
    def rollout(self, y, hidden, horizon):
        preds = []
        for _ in range(horizon):
            hidden = self.decoder(y, hidden)
            y = self.proj(hidden)
            preds.append(y)
        return torch.cat(preds, dim=1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 9, D),)


def make():
    torch.manual_seed(0)
    return Forecaster(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ForecasterFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

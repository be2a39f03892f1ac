"""Autoregressive rollout with two stacked LSTMCells, then a free-running forecast."""
import torch
from torch import nn

META = dict(
    id='t024',
    source='own; sine-wave prediction',
    title='Cells over time, the own output fed back',
    explanation='h of the first cell feeds the second; c stays inside.',
    layout='batch seq',
)
H = 7


class Sine(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell1, self.cell2 = nn.LSTMCell(1, H), nn.LSTMCell(H, H)
        self.linear = nn.Linear(H, 1)

    def forward(self, x, future=4):
        state1 = state2 = None
        outs = []
        for step in x.split(1, dim=1):
            state1 = self.cell1(step, state1)
            state2 = self.cell2(state1[0], state2)
            outs.append(self.linear(state2[0]))
        for _ in range(future):
            state1 = self.cell1(outs[-1], state1)
            state2 = self.cell2(state1[0], state2)
            outs.append(self.linear(state2[0]))
        return torch.cat(outs, dim=1)


def fixed():
    torch.manual_seed(0)
    model = Sine()
    torch.manual_seed(1)
    return model, (torch.randn(4, 9),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

"""Acting step by step: observations (batch, features), a sequence of one step on purpose."""
import torch
from torch import nn

META = dict(
    id='t032',
    source='own; acting with a recurrent policy',
    title='obs.unsqueeze(0), one step, state passed in and out',
    explanation='One step at a time is what acting needs; the state carries the past. The state is an input here.',
    layout=['batch features', None, None],
)
OBS, H = 4, 6


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(OBS, H)
        self.fc = nn.Linear(H, 2)

    def forward(self, obs, h, c):
        out, (h, c) = self.lstm(obs.unsqueeze(0), (h, c))
        return self.fc(out.squeeze(0)), h, c


def fixed():
    torch.manual_seed(0)
    model = Actor()
    torch.manual_seed(1)
    return model, (torch.randn(5, OBS), torch.randn(1, 5, H), torch.randn(1, 5, H)), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

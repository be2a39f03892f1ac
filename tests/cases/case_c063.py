"""LSTMCell given one tensor as its state."""
import torch
from torch import nn

META = dict(
    id='c063',
    source='yuewang-cuhk/HashtagGeneration#1 (GRU code run with LSTM); own re-creation with a cell',
    title='self.cell(x, h) with an LSTMCell',
    loud=True,
    cause='state_not_tuple',
    explanation='An LSTMCell carries (h, c). The code was written for a GRUCell with a single tensor.',
    fix='h, c = self.cell(x, (h, c))',
    layout='batch seq features',
)
D, H = 3, 5


class Rollout(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(D, H)
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        h = x.new_zeros(x.size(0), H)  # BUG
        for t in range(x.size(1)):
            h = self.cell(x[:, t], h)  # BUG
        return self.fc(h)


class RolloutFixed(Rollout):
    def forward(self, x):
        h = c = x.new_zeros(x.size(0), H)
        for t in range(x.size(1)):
            h, c = self.cell(x[:, t], (h, c))
        return self.fc(h)


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 6, D),)


def make():
    torch.manual_seed(0)
    return Rollout(), _data(), None


def fixed():
    torch.manual_seed(0)
    return RolloutFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

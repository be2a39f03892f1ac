"""num_layers raised to 3, the state still made for one layer."""
import torch
from torch import nn

META = dict(
    id='c111',
    source='own; "Expected hidden size (3, 4, 6), got [1, 4, 6]"',
    title='torch.zeros(1, batch, hidden) beside num_layers=3',
    loud=True,
    cause='state_wrong_layers',
    explanation='The first axis of the state is the number of layers (times directions).',
    fix='torch.zeros(self.gru.num_layers, ...)',
    layout='seq batch features',
)
D, H = 4, 6


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.RNN(D, H, num_layers=3, nonlinearity='relu')  # BUG
        self.fc = nn.Linear(H, 2)

    def depth(self):
        return 1  # BUG

    def forward(self, x):
        h0 = torch.zeros(self.depth(), x.size(1), H, dtype=x.dtype)  # BUG
        out, _ = self.gru(x, h0)  # BUG
        return self.fc(out.mean(dim=0))


class DeepFixed(Deep):
    def depth(self):
        return self.gru.num_layers


def _data():
    torch.manual_seed(1)
    return (torch.randn(7, 4, D),)


def make():
    torch.manual_seed(0)
    return Deep(), _data(), None


def fixed():
    torch.manual_seed(0)
    return DeepFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

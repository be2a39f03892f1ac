"""GRU state given as a list of layer states."""
import torch
from torch import nn

META = dict(
    id='c082',
    source='own; per-layer states collected in a list',
    title="GRU: 'list' object has no attribute 'dim'",
    loud=True,
    cause='state_not_tensor',
    explanation='The state of a 2-layer GRU is one tensor (2, batch, hidden); the code passes a list of two (batch,'
                ' hidden) tensors.',
    fix='torch.stack(states)',
    layout=['batch features', 'batch seq features'],
)
D, H = 3, 5


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.starts = nn.ModuleList([nn.Linear(4, H), nn.Linear(4, H)])
        self.gru = nn.GRU(D, H, num_layers=2, batch_first=True)

    def joined(self, states):
        return states  # BUG

    def forward(self, z, x):
        states = [torch.tanh(layer(z)) for layer in self.starts]  # BUG
        return self.gru(x, self.joined(states))[0]  # BUG


class DecoderFixed(Decoder):
    def joined(self, states):
        return torch.stack(states)


def _data():
    torch.manual_seed(1)
    return torch.randn(4, 4), torch.randn(4, 6, D)


def make():
    torch.manual_seed(0)
    return Decoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return DecoderFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

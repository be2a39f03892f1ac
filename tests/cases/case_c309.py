"""Recurrent policy: stored states (n_seq, n_layers, dim) are reshaped, not swapped, to (n_layers, n_seq, dim)."""
import torch
import torch.nn as nn

META = dict(
    id='c309', source='Stable-Baselines-Team/stable-baselines3-contrib#111',
    title='Recurrent lstm state being reshaped incorrectly',
    loud=False, cause='h0_view_scramble',
    explanation='The buffer gives one row per sequence, each with its layers. reshape(n_layers, n_seq, -1) hands the '
                'layers of the first '
                'sequences to other sequences. swapaxes(0, 1) is meant.',
    fix='h = h.swapaxes(0, 1).contiguous()',
    layout=['batch seq features', 'batch layers features', 'batch layers features'],
)
OBS, HIDDEN, LAYERS, ACTIONS = 4, 6, 2, 3


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(OBS, HIDDEN, LAYERS, batch_first=True)
        self.mu = nn.Linear(HIDDEN, ACTIONS)

    def states(self, h, c):
        n_seq = h.shape[0]
        return h.reshape(LAYERS, n_seq, -1), c.reshape(LAYERS, n_seq, -1)  # BUG

    def forward(self, obs, h, c):
        latent, _ = self.lstm(obs, self.states(h, c))
        return self.mu(latent)


class PolicyFixed(Policy):
    def states(self, h, c):
        return h.swapaxes(0, 1).contiguous(), c.swapaxes(0, 1).contiguous()


def _buffer():
    torch.manual_seed(1)
    return torch.randn(5, 8, OBS), torch.randn(5, LAYERS, HIDDEN), torch.randn(5, LAYERS, HIDDEN)


def make():
    torch.manual_seed(0)
    return Policy(), _buffer(), None


def fixed():
    torch.manual_seed(0)
    return PolicyFixed(), _buffer(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Recurrent PPO buffer: stored states (sequences, layers, dim) reshaped to (layers, sequences, dim)."""
import torch
from torch import nn

META = dict(
    id='c031',
    source='Stable-Baselines-Team/stable-baselines3-contrib#111',
    title='Recurrent lstm state being reshaped incorrectly',
    loud=False,
    cause='h0_view_scramble',
    explanation='The states come out of the buffer as (n_seq, n_layers, dim); reshape(n_layers, n_seq, dim) hands '
                'layers of one sequence to another one. swapaxes(0, 1) is meant.',
    fix='state.swapaxes(0, 1).contiguous()',
    layout=['seq batch features', 'batch layers hidden', 'batch layers hidden'],
)
OBS, H, L, ACTIONS = 4, 6, 2, 3


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(OBS, 5), nn.Tanh())
        self.lstm = nn.LSTM(5, H, L)
        self.pi, self.vf = nn.Linear(H, ACTIONS), nn.Linear(H, 1)

    def layers_first(self, state):
        return state.reshape(L, -1, H)  # BUG

    def forward(self, obs, h, c):
        out, _ = self.lstm(self.body(obs), (self.layers_first(h), self.layers_first(c)))  # BUG
        return self.pi(out).log_softmax(-1), self.vf(out).squeeze(-1)


class PolicyFixed(Policy):
    def layers_first(self, state):
        return state.swapaxes(0, 1).contiguous()


def _data():
    torch.manual_seed(1)
    return torch.randn(6, 5, OBS), torch.randn(5, L, H), torch.randn(5, L, H)


def make():
    torch.manual_seed(0)
    return Policy(), _data(), None


def fixed():
    torch.manual_seed(0)
    return PolicyFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

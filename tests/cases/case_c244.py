"""rsl_rl-like padded trajectories: hidden state stored for all envs, trajectories are more."""
import torch
from torch import nn

META = dict(
    id='c244', source='leggedrobotics/rsl_rl#12',
    title='fixed a bug with rnn padding and unpadding',
    loud=True, cause='state_fixed_batch',
    explanation='Trajectories are split at episode ends: there are more of them than environments, but the stored '
                'state has one row per environment.',
    fix='hidden for every trajectory: h[:, starts]',
    layout='seq batch features',
)
H, ENVS = 5, 3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(4, H)

    def hidden(self, h, n):
        return h  # BUG

    def forward(self, trajectories, h):
        return self.rnn(trajectories, self.hidden(h, trajectories.size(1)))[0]  # BUG


class NetFixed(Net):
    def hidden(self, h, n):
        return h[:, torch.arange(n) % ENVS].contiguous()


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(6, 5, 4), torch.zeros(1, ENVS, H)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Recurrent A2C: rollouts of the chosen agents are concatenated and viewed as (steps, agents) ."""
import torch
from torch import nn

META = dict(
    id='c205', source='ikostrikov/pytorch-a2c-ppo-acktr-gail#97',
    title='Bug in recurrent policy',
    loud=False, cause='view_not_permute',
    explanation='cat(dim=0) puts one rollout after the other; view(-1, agents) then puts consecutive steps of one '
                'agent side by side as if they were agents. torch.stack(rollouts, dim=1) is what is meant.',
    fix='torch.stack(rollouts, dim=1)',
    layout='seq batch features',
)
OBS, H = 4, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRUCell(OBS, H)
        self.critic = nn.Linear(H, 1)

    def batch(self, rollouts):
        return torch.cat(rollouts, dim=0).view(-1, len(rollouts), OBS)  # BUG

    def forward(self, obs):
        x = self.batch([obs[:, n] for n in range(obs.size(1))])
        h, values = obs.new_zeros(obs.size(1), H), []
        for step in x:
            h = self.gru(step, h)  # BUG
            values.append(self.critic(h))
        return torch.stack(values)


class NetFixed(Net):
    def batch(self, rollouts):
        return torch.stack(rollouts, dim=1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(6, 4, OBS),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Recurrent PPO: trajectories concatenated one after the other, then viewed as (steps, envs)."""
import torch
from torch import nn

META = dict(
    id='c308', source='ikostrikov/pytorch-a2c-ppo-acktr-gail#97',
    title='Bug in recurrent policy: cat(dim=0).view(T, N) is not stack(dim=1)',
    loud=False, cause='view_not_permute',
    explanation='cat puts all steps of the first environment before those of the second. view(T, n, -1) reads n '
                'consecutive steps of one '
                'environment as n environments at one step.',
    fix='torch.stack(picked, dim=1)',
    layout='seq batch features',
)


def minibatch(rollout, env_ids):
    picked = [rollout[:, e] for e in env_ids]
    flat = torch.cat(picked, dim=0)
    return flat.view(rollout.size(0), len(env_ids), -1)  # BUG


def minibatch_right(rollout, env_ids):
    picked = [rollout[:, e] for e in env_ids]
    return torch.stack(picked, dim=1)


class ActorCritic(nn.Module):
    def __init__(self, take, obs=5, hidden=8, actions=3):
        super().__init__()
        self.take = take
        self.body = nn.Sequential(nn.Linear(obs, hidden), nn.Tanh())
        self.memory = nn.GRU(hidden, hidden)
        self.pi = nn.Linear(hidden, actions)
        self.v = nn.Linear(hidden, 1)

    def forward(self, rollout):
        logits, values = [], []
        for env_ids in torch.arange(rollout.size(1)).chunk(2):
            obs = self.take(rollout, env_ids.tolist())
            feat, _ = self.memory(self.body(obs))
            logits.append(self.pi(feat))
            values.append(self.v(feat))
        return torch.cat(logits, 1), torch.cat(values, 1).squeeze(-1)


def _rollout():
    torch.manual_seed(1)
    return (torch.randn(7, 6, 5),)


def make():
    torch.manual_seed(0)
    return ActorCritic(minibatch), _rollout(), None


def fixed():
    torch.manual_seed(0)
    return ActorCritic(minibatch_right), _rollout(), None


def run(model, inputs, targets):
    return model(*inputs)

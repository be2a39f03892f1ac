"""Acting with a recurrent policy in parallel environments: (n_envs, features) goes into nn.LSTM as it is."""
import torch
import torch.nn as nn

META = dict(
    id='c315', source='forum questions on LSTM policies with vectorised environments',
    title='One observation per environment, given to nn.LSTM without a time axis',
    loud=False, cause='unbatched_2d',
    explanation='A 2-D input is ONE unbatched sequence. The environments are taken as the steps of it, and the '
                'state that '
                'comes back has '
                'one row for all of them. A time axis of length one is missing.',
    fix='out, state = self.lstm(feat.unsqueeze(0), state); out = out.squeeze(0)',
    layout='batch seq features',
)


class Agent(nn.Module):
    def __init__(self, obs_dim=6, width=7, n_act=4):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(obs_dim, width), nn.ReLU())
        self.lstm = nn.LSTM(width, width)
        self.actor = nn.Linear(width, n_act)

    def act(self, obs, state):
        feat = self.trunk(obs)
        out, state = self.lstm(feat, state)  # BUG
        return self.actor(out), state

    def forward(self, episode):
        state, logits = None, []
        for t in range(episode.size(1)):
            step, state = self.act(episode[:, t], state)
            logits.append(step)
        return torch.stack(logits, dim=1)


class AgentFixed(Agent):
    def act(self, obs, state):
        feat = self.trunk(obs)
        out, state = self.lstm(feat.unsqueeze(0), state)
        return self.actor(out.squeeze(0)), state


def _episode():
    torch.manual_seed(1)
    return (torch.randn(4, 5, 6),)


def make():
    torch.manual_seed(0)
    return Agent(), _episode(), None


def fixed():
    torch.manual_seed(0)
    return AgentFixed(), _episode(), None


def run(model, inputs, targets):
    return model(*inputs)

"""PPO with an LSTM: the flat minibatch is env-major, but it is reshaped (-1, envs, features) as if time-major."""
import torch
from torch import nn

META = dict(
    id='c148', source='vwxyzjn/cleanrl#83 (review of ppo_memory_env_lstm.py)',
    title="input to the lstm during update phase should be (seq, batch, feature) but it's (batch, seq, feature)",
    loud=False, cause='view_not_permute',
    explanation='The rollout is flattened with the environments outside. Reshaping it to (-1, envs, features) '
                'cuts it up as if time were outside, so the state runs over steps of several environments.',
    fix='hidden.view(envs, -1, features).transpose(0, 1)',
    layout='batch seq features',
)
OBS, HID, ACT = 5, 6, 3


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.network = nn.Sequential(nn.Linear(OBS, 8), nn.ReLU())
        self.lstm = nn.LSTM(8, HID)
        self.actor = nn.Linear(HID, ACT)

    def unfold(self, hidden, envs):
        return hidden.reshape((-1, envs, self.lstm.input_size))  # BUG

    def forward(self, flat_obs, state, done):
        hidden = self.network(flat_obs)
        envs = state[0].shape[1]
        hidden = self.unfold(hidden, envs)
        done = done.reshape((-1, envs))
        new_hidden = []
        for h, d in zip(hidden, done):
            h, state = self.lstm(
                h.unsqueeze(0), ((1.0 - d).view(1, -1, 1) * state[0], (1.0 - d).view(1, -1, 1) * state[1]))  # BUG
            new_hidden += [h]
        return self.actor(torch.cat(new_hidden))


class AgentFixed(Agent):
    def unfold(self, hidden, envs):
        return hidden.view(envs, -1, self.lstm.input_size).transpose(0, 1)


def make():
    torch.manual_seed(0)
    return Agent(), _inputs(), None


def fixed():
    torch.manual_seed(0)
    return AgentFixed(), _inputs(), None


def _inputs():
    torch.manual_seed(1)
    return torch.randn(4, 6, OBS), torch.zeros(24)


def run(model, inputs, targets):
    rollout, done = inputs
    zeros = torch.zeros(1, rollout.size(0), HID)
    return model(rollout.flatten(0, 1), (zeros, zeros), done)

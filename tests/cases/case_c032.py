"""PPO update: rollouts as (envs, steps, obs) into the seq-first LSTM of the policy."""
import torch
from torch import nn

META = dict(
    id='c032',
    source='vwxyzjn/cleanrl#83 (review thread of a pull request)',
    title='Input to the LSTM during the update should be (seq, batch, feature)',
    loud=False,
    cause='batch_seq_swapped',
    explanation='Environments lie on axis 0 after the buffer is reordered by environment; the LSTM reads them as '
                'time steps and the steps as independent samples.',
    fix='hidden.transpose(0, 1) before the LSTM',
    layout='batch seq features',
)
OBS, H = 5, 7


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.network = nn.Sequential(nn.Linear(OBS, 8), nn.ReLU())
        self.lstm = nn.LSTM(8, H)  # BUG
        for name, param in self.lstm.named_parameters():
            nn.init.constant_(param, 0.1) if 'bias' in name else nn.init.orthogonal_(param, 1.0)
        self.actor, self.critic = nn.Linear(H, 2), nn.Linear(H, 1)

    def recur(self, hidden):
        return self.lstm(hidden)[0]  # BUG

    def forward(self, obs):
        hidden = self.recur(self.network(obs))
        logits = self.actor(hidden)
        return torch.distributions.Categorical(logits=logits).entropy(), self.critic(hidden)


class AgentFixed(Agent):
    def recur(self, hidden):
        return self.lstm(hidden.transpose(0, 1))[0].transpose(0, 1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 6, OBS),)


def make():
    torch.manual_seed(0)
    return Agent(), _data(), None


def fixed():
    torch.manual_seed(0)
    return AgentFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""One frame at a time, (batch, features), with a 3-D state: the time axis is missing."""
import torch
from torch import nn

META = dict(
    id='c056',
    source='own; reinforcement learning, "For unbatched 2-D input, hx and cx should also be 2-D"',
    title='Policy step: obs (batch, features) into nn.LSTM with (1, batch, H) states',
    loud=True,
    cause='missing_seq_axis',
    explanation='nn.LSTM takes the 2-D observation for an unbatched sequence; the 3-D state shows that a batch was '
                'meant.',
    fix='self.lstm(obs.unsqueeze(0), state)',
    layout=['batch features', None],
)
D, H = 5, 6


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H)
        self.mean = nn.Linear(H, 2)

    def step(self, obs):
        return obs  # BUG

    def forward(self, obs, state):
        out, state = self.lstm(self.step(obs), state)  # BUG
        return self.mean(out), state


class ActorFixed(Actor):
    def step(self, obs):
        return obs.unsqueeze(0)


def _data():
    torch.manual_seed(1)
    return torch.randn(4, D), (torch.zeros(1, 4, H), torch.zeros(1, 4, H))


def make():
    torch.manual_seed(0)
    return Actor(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ActorFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

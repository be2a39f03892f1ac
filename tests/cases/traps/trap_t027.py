"""Recurrent policy: states reset inside the sequence where an episode starts."""
import torch
from torch import nn

META = dict(
    id='t027',
    source='own; recurrent PPO',
    title='h = h * (1 - start) in a loop over time, value and log-probability heads',
    explanation='The mask is per environment; states of one environment never reach another one.',
    layout=['seq batch features', 'seq batch', None],
)
OBS, H = 4, 6


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(OBS, H)
        self.pi, self.vf = nn.Linear(H, 3), nn.Linear(H, 1)

    def forward(self, obs, actions, starts):
        h = c = obs.new_zeros(1, obs.size(1), H)
        outs = []
        for step, start in zip(obs, starts):
            keep = (1.0 - start).view(1, -1, 1)
            out, (h, c) = self.lstm(step.unsqueeze(0), (keep * h, keep * c))
            outs.append(out)
        latent = torch.cat(outs).flatten(0, 1)
        dist = torch.distributions.Categorical(logits=self.pi(latent))
        logp = dist.log_prob(actions.flatten()).view_as(actions)
        return logp, self.vf(latent).view_as(actions), dist.entropy().view_as(actions)


def fixed():
    torch.manual_seed(0)
    model = Policy()
    torch.manual_seed(1)
    starts = torch.zeros(6, 4)
    starts[0] = 1
    starts[3, 1] = starts[4, 2] = 1
    return model, (torch.randn(6, 4, OBS), torch.randint(0, 3, (6, 4)), starts), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

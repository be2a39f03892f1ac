"""Generalised advantage estimation backwards over time-major rollouts, PPO loss with normalised advantages."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t060', source='recurrent PPO update steps',
    title='GAE, advantage normalisation over the minibatch',
    explanation='The backward loop runs over time; normalising the advantages over the whole minibatch is '
                'standard.',
    layout=[ "seq batch features", "seq batch", "seq batch"],
)
H, ACT = 6, 3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, H)
        self.pi, self.v = nn.Linear(H, ACT), nn.Linear(H, 1)

    def forward(self, obs):
        out, _ = self.lstm(obs)
        return self.pi(out), self.v(out).squeeze(-1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(6, 4, 4), torch.randn(6, 4), torch.randint(0, ACT, (6, 4))), None


def run(model, inputs, targets):
    obs, rewards, actions = inputs
    logits, values = model(obs)
    adv, last = [], torch.zeros_like(values[0])
    for t in reversed(range(len(rewards) - 1)):
        delta = rewards[t] + 0.9 * values[t + 1] - values[t]
        last = delta + 0.8 * last
        adv.insert(0, last)
    adv = torch.stack(adv).detach()
    returns = adv + values[:-1].detach()
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    logp = F.log_softmax(logits, -1).gather(-1, actions.unsqueeze(-1)).squeeze(-1)[:-1]
    ratio = (logp - logp.detach()).exp()
    policy = -torch.min(ratio * adv, ratio.clamp(0.8, 1.2) * adv).mean()
    return policy + 0.5 * ((values[:-1] - returns) ** 2).mean()


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())

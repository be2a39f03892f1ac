"""R2D2-like recurrent replay: stored state, burn-in, done masks, dueling double Q."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y096', source='own', loud=False, cause='none',
    title='R2D2-like recurrent replay: stored state, burn-in, done masks, dueling double Q',
    explanation=(
        'The stored state is transposed to layers first; the burn-in is under no_grad and its state goes '
        'on; done zeroes the state of its own row.'), fix='',
    layout=['batch seq features', 'batch seq', 'batch seq', 'batch seq', 'batch layers features'],
)


class Net(nn.Module):
    def __init__(self, obs=5, acts=3, h=8):
        super().__init__()
        self.h = h
        self.torso = nn.Sequential(nn.Linear(obs + acts, h), nn.ReLU())
        self.lstm = nn.LSTM(h, h)
        self.val, self.adv = nn.Linear(h, 1), nn.Linear(h, acts)

    def unroll(self, x, done, state):
        out = []
        for xt, d in zip(x.unbind(1), done.unbind(1)):
            keep = (1. - d).view(1, -1, 1)
            o, state = self.lstm(xt.unsqueeze(0), tuple(s * keep for s in state))
            out.append(o.squeeze(0))
        return torch.stack(out, 1), state

    def forward(self, obs, last, done, hidden, burn=3):
        x = self.torso(torch.cat([obs, F.one_hot(last, self.adv.out_features).float()], -1))
        state = tuple(s.contiguous() for s in hidden.transpose(0, 1).split(self.h, dim=-1))
        with torch.no_grad():
            _, state = self.unroll(x[:, :burn], done[:, :burn], state)
        o, _ = self.unroll(x[:, burn:], done[:, burn:], state)
        a = self.adv(o)
        return self.val(o) + a - a.mean(-1, keepdim=True)


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.online, self.target = Net(), Net()
        self.target.load_state_dict(self.online.state_dict())
        self.target.requires_grad_(False)

    def forward(self, obs, last, rew, done, hidden):
        return self.online(obs, last, done, hidden), self.target(obs, last, done, hidden)


def make():
    torch.manual_seed(0)
    m = Agent()
    torch.manual_seed(1)
    done = (torch.rand(6, 11) < 0.15).float()
    return m, (torch.randn(6, 11, 5), torch.randint(0, 3, (6, 11)), torch.randn(6, 11), done,
               torch.randn(6, 1, 16)), None


fixed = make


def run(model, inputs, targets):
    obs, last, rew, done, hidden = inputs
    q, qt = model(*inputs)
    burn = obs.size(1) - q.size(1)
    taken = q[:, :-1].gather(2, last[:, burn + 1:].unsqueeze(2)).squeeze(2)
    with torch.no_grad():
        best = q[:, 1:].argmax(2, keepdim=True)
        nxt = qt[:, 1:].gather(2, best).squeeze(2)
        y = rew[:, burn + 1:] + 0.97 * (1 - done[:, burn + 1:]) * nxt
    td = (y - taken).abs()
    priority = 0.9 * td.max(1)[0] + 0.1 * td.mean(1)
    return F.smooth_l1_loss(taken, y) + 0. * priority.detach().sum()

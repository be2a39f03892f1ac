"""QMIX: agents fold into the batch for a shared GRUCell, a monotonic mixer over agents."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y098', source='own', loud=False, cause='none',
    title='QMIX: agents fold into the batch for a shared GRUCell, a monotonic mixer over agents',
    explanation=(
        "view(b * n, -1) puts the agents of a sample side by side; the hypernetwork's weights are per "
        '(sample, step) and the mix of agents is meant.'), fix='',
    layout=['batch seq agents features', 'batch seq features', 'batch seq agents'],
)


class QMIX(nn.Module):
    def __init__(self, obs=5, state=6, n=3, acts=4, h=7, e=5):
        super().__init__()
        self.n, self.h, self.e, self.acts = n, h, e, acts
        self.fc1, self.rnn, self.fc2 = nn.Linear(obs + n, h), nn.GRUCell(h, h), nn.Linear(h, acts)
        self.w1, self.b1 = nn.Linear(state, n * e), nn.Linear(state, e)
        self.w2 = nn.Linear(state, e)
        self.v = nn.Sequential(nn.Linear(state, e), nn.ReLU(), nn.Linear(e, 1))

    def agents(self, obs):
        b, t, n, _ = obs.shape
        eye = torch.eye(n).unsqueeze(0).expand(b, -1, -1)
        hidden = self.fc1.weight.new_zeros(1, self.h).unsqueeze(0).expand(b, n, -1).reshape(b * n, -1)
        qs = []
        for s in range(t):
            x = torch.cat([obs[:, s], eye], -1).reshape(b * n, -1)
            hidden = self.rnn(F.relu(self.fc1(x)), hidden)
            qs.append(self.fc2(hidden).view(b, n, self.acts))
        return torch.stack(qs, dim=1)

    def mix(self, q, state):
        b, t, _ = q.shape
        s, q = state.reshape(b * t, -1), q.reshape(b * t, 1, self.n)
        w1, b1 = self.w1(s).abs().view(-1, self.n, self.e), self.b1(s).view(-1, 1, self.e)
        hid = F.elu(torch.bmm(q, w1) + b1)
        y = torch.bmm(hid, self.w2(s).abs().view(-1, self.e, 1)) + self.v(s).view(-1, 1, 1)
        return y.view(b, t)

    def forward(self, obs, state, actions):
        q = self.agents(obs)
        chosen = q.gather(3, actions.unsqueeze(3)).squeeze(3)
        return self.mix(chosen, state), self.mix(q.max(3)[0], state)


def make():
    torch.manual_seed(0)
    m = QMIX()
    torch.manual_seed(1)
    b, t = 4, 8
    filled = (torch.arange(t)[None, :] < torch.tensor([8, 5, 7, 3])[:, None]).float()
    return m, (torch.randn(b, t, 3, 5), torch.randn(b, t, 6), torch.randint(0, 4, (b, t, 3))), \
        (torch.randn(b, t), filled)


fixed = make


def run(model, inputs, targets):
    reward, filled = targets
    q, best = model(*inputs)
    live = torch.cat([filled[:, 1:], torch.zeros_like(filled[:, :1])], 1)
    y = reward[:, :-1] + 0.9 * live[:, :-1] * best[:, 1:].detach()
    mask = filled[:, :-1]
    return (((q[:, :-1] - y) * mask) ** 2).sum() / mask.sum()

"""IMPALA learner: time-major core with episode resets, V-trace."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y097', source='own', loud=False, cause='none',
    title='IMPALA learner: time-major core with episode resets, V-trace',
    explanation=(
        'T and B are flattened together for the conv torso and unflattened; notdone.view(1, -1, 1) '
        'resets per actor; V-trace runs backward.'), fix='',
    layout=['seq batch channel height width', 'seq batch', 'seq batch', 'seq batch'],
)


class ImpalaNet(nn.Module):
    def __init__(self, ch=2, acts=4, h=7, layers=2):
        super().__init__()
        self.acts = acts
        self.conv = nn.Sequential(nn.Conv2d(ch, 4, 3, 2), nn.ReLU(), nn.Conv2d(4, 3, 2), nn.ReLU())
        self.fc = nn.Linear(12, 9)
        self.core = nn.LSTM(9 + acts + 1, h, layers)
        self.policy, self.baseline = nn.Linear(h, acts), nn.Linear(h, 1)

    def initial_state(self, b):
        return tuple(torch.zeros(self.core.num_layers, b, self.core.hidden_size) for _ in range(2))

    def forward(self, frame, action, reward, done):
        t, b = frame.shape[:2]
        x = torch.flatten(frame, 0, 1)
        x = F.relu(self.fc(self.conv(x).view(t * b, -1)))
        one = F.one_hot(action.view(t * b), self.acts).float()
        clipped = torch.clamp(reward, -1, 1).view(t * b, 1)
        core_in = torch.cat([x, clipped, one], dim=-1).view(t, b, -1)
        state, outs = self.initial_state(b), []
        for inp, nd in zip(core_in.unbind(), (~done).float().unbind()):
            nd = nd.view(1, -1, 1)
            o, state = self.core(inp.unsqueeze(0), tuple(nd * s for s in state))
            outs.append(o)
        o = torch.flatten(torch.cat(outs), 0, 1)
        return self.policy(o).view(t, b, self.acts), self.baseline(o).view(t, b)


def vtrace(log_rhos, disc, rewards, values, boot):
    rhos = log_rhos.exp().clamp(max=1.)
    nxt = torch.cat([values[1:], boot.unsqueeze(0)], 0)
    deltas = rhos * (rewards + disc * nxt - values)
    acc, res = torch.zeros_like(boot), []
    for t in reversed(range(disc.size(0))):
        acc = deltas[t] + disc[t] * rhos[t] * acc
        res.append(acc)
    vs = torch.stack(res[::-1]) + values
    vs_next = torch.cat([vs[1:], boot.unsqueeze(0)], 0)
    return vs, rhos * (rewards + disc * vs_next - values)


def make():
    torch.manual_seed(0)
    m = ImpalaNet()
    torch.manual_seed(1)
    t, b = 8, 5
    return m, (torch.rand(t, b, 2, 7, 7), torch.randint(0, 4, (t, b)), torch.randn(t, b),
               torch.rand(t, b) < 0.2), torch.randn(t, b, 4)


fixed = make


def run(model, inputs, targets):
    frame, action, reward, done = inputs
    logits, base = model(*inputs)
    boot, base, logits = base[-1].detach(), base[:-1], logits[:-1]
    act, behave = action[1:], targets[:-1]
    logp = -F.cross_entropy(logits.flatten(0, 1), act.flatten(), reduction='none').view_as(act)
    old = -F.cross_entropy(behave.flatten(0, 1), act.flatten(), reduction='none').view_as(act)
    with torch.no_grad():
        vs, adv = vtrace(logp - old, (~done[1:]).float() * 0.99, reward[1:].clamp(-1, 1), base, boot)
    ent = (logits.softmax(-1) * logits.log_softmax(-1)).sum()
    return -(logp * adv).sum() + 0.25 * ((vs - base) ** 2).sum() + 0.01 * ent

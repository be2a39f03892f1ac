"""GRU-based recommender: item scores from h.expand over candidates of the batch."""
import torch
from torch import nn

META = dict(
    id='c225',
    source='GitHub sequential recommendation code (user state expanded to (1, n, d) beside (b, n, d) candidates)',
    title='User vector broadcast over candidates on the wrong axis',
    loud=False, cause='hn_axis_broadcast',
    explanation='h_n is (1, batch, d). Multiplied with candidates (batch, n, d), where n == batch, user i meets '
                'candidate i of every user.',
    fix='(h[-1].unsqueeze(1) * items).sum(-1)',
    layout=[ "batch seq", "batch candidates"],
)
V, D = 20, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(V, D)
        self.gru = nn.GRU(D, D, batch_first=True)

    def user(self, h):
        return h  # BUG

    def forward(self, session, candidates):
        _, h = self.gru(self.items(session))
        return (self.user(h) * self.items(candidates)).sum(-1)  # BUG


class NetFixed(Net):
    def user(self, h):
        return h[-1].unsqueeze(1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 6)), torch.randint(0, V, (4, 4))), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

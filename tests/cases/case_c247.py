"""Dialogue encoder: the context GRU's first state is the sentence encoder's h_n of both directions, viewed."""
import torch
from torch import nn

META = dict(
    id='c247', source='GitHub HRED implementations (hidden.view(1, batch, 2 * H))',
    title='Context state from a bidirectional encoder',
    loud=False, cause='hn_view_scramble',
    explanation='h_n is (2, batch, H). view(1, batch, 2 * H) joins neighbouring samples of one direction.',
    fix='torch.cat([h[0], h[1]], dim=1).unsqueeze(0)',
    layout=[ "batch seq features", "batch seq features"],
)
H = 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.sent = nn.GRU(3, H, batch_first=True, bidirectional=True)
        self.context = nn.GRU(2, 2 * H, batch_first=True)

    def state(self, h):
        return h.view(1, h.size(1), -1)  # BUG

    def forward(self, x, turns):
        _, h = self.sent(x)
        return self.context(turns, self.state(h))[0]  # BUG


class NetFixed(Net):
    def state(self, h):
        return torch.cat([h[0], h[1]], dim=1).unsqueeze(0)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3), torch.randn(4, 3, 2)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

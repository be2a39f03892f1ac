"""Bridge of OpenNMT: encoder states (layers, batch, hidden) viewed as (-1, layers * hidden), a Linear, and back."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c203', source='OpenNMT/OpenNMT-py#1521',
    title='Possible dimension transformation bug in RNNEncoder Bridge?',
    loud=False, cause='hn_view_scramble',
    explanation='The rows of layers * hidden are made of neighbouring samples of one layer, not of the layers of '
                'one sample; the Linear mixes them and the view back gives a fitting shape.',
    fix='states.transpose(0, 1).reshape(batch, -1), and back with view(batch, layers, hidden).transpose(0, 1)',
    layout=[ "batch seq", "batch seq"],
)
V, E, H, L = 17, 5, 4, 2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.encoder = nn.LSTM(E, H, L, batch_first=True)
        self.bridge = nn.ModuleList(nn.Linear(L * H, L * H) for _ in range(2))
        self.decoder = nn.LSTM(E, H, L, batch_first=True)
        self.gen = nn.Linear(H, V)

    def bottle(self, linear, states):
        size = states.size()
        return F.relu(linear(states.view(-1, L * H))).view(size)  # BUG

    def forward(self, src, tgt):
        _, final = self.encoder(self.emb(src))
        init = tuple(self.bottle(layer, s) for layer, s in zip(self.bridge, final))
        out, _ = self.decoder(self.emb(tgt), init)  # BUG
        return self.gen(out)


class NetFixed(Net):
    def bottle(self, linear, states):
        n = states.size(1)
        flat = F.relu(linear(states.transpose(0, 1).reshape(n, -1)))
        return flat.view(n, L, H).transpose(0, 1).contiguous()


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 6)), torch.randint(0, V, (4, 5))), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

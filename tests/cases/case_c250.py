"""Pointer network: mask and scores in the wrong orientation, log_softmax over the batch in each decoding step."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c250', source='GitHub pointer-network code (log_softmax(dim=0) of (batch, cities))',
    title='Pointer probabilities over the batch',
    loud=False, cause='softmax_axis',
    explanation='The scores of a step are (batch, cities); dim=0 normalises over the tours of the batch.',
    fix='F.log_softmax(u, dim=1)',
    layout='batch seq features',
)
H = 6


class Net(nn.Module):
    dim = 0

    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(2, H, batch_first=True)
        self.cell = nn.LSTMCell(2, H)
        self.w1, self.w2, self.v = nn.Linear(H, H), nn.Linear(H, H), nn.Linear(H, 1)

    def forward(self, cities):
        memory, (h, c) = self.encoder(cities)
        h, c, inp = h[0], c[0], cities.new_zeros(len(cities), 2)
        logps = []
        for _ in range(3):
            h, c = self.cell(inp, (h, c))
            u = self.v(torch.tanh(self.w1(memory) + self.w2(h).unsqueeze(1))).squeeze(-1)
            logp = F.log_softmax(u, dim=self.dim)  # BUG
            inp = (logp.exp().unsqueeze(-1) * cities).sum(1)
            logps.append(logp)
        return torch.stack(logps, 1)


class NetFixed(Net):
    dim = 1


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(4, 5, 2),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

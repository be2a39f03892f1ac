"""Luong attention by einsum in a seq-first decoder, softmax over the wrong letter."""
import torch
from torch import nn

META = dict(
    id='c159', source='keon/seq2seq#6 (review comment: computes softmax along the batch dimension)',
    title='Non linearity after attention',
    loud=False, cause='softmax_axis',
    explanation='energies are (seq, batch); softmax(dim=1) makes the weights of one time step sum to one over the '
                'batch.',
    fix='energies.softmax(dim=0)',
    layout=[ "seq batch features", "batch features"],
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(4, H)
        self.cell = nn.GRUCell(3 + H, H)
        self.out = nn.Linear(H, 2)

    def weights(self, energies):
        return energies.softmax(dim=1)  # BUG

    def forward(self, src, prev):
        memory, h = self.encoder(src)
        h = h[0]
        outs = []
        for _ in range(3):
            a = self.weights(torch.einsum("tbh,bh->tb", memory, h))
            context = torch.einsum("tb,tbh->bh", a, memory)
            h = self.cell(torch.cat([prev, context], -1), h)
            outs.append(self.out(h))
        return torch.stack(outs)


class NetFixed(Net):
    def weights(self, energies):
        return energies.softmax(dim=0)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(7, 4, 4), torch.randn(4, 3)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

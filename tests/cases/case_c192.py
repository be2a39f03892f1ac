"""Beam search start: encoder memory repeated with repeat_interleave, the state with repeat."""
import torch
from torch import nn

META = dict(
    id='c192', source='GitHub beam search code (expand memory vs. tile hidden)',
    title='Beams of different samples get mixed',
    loud=False, cause='hn_axis_broadcast',
    explanation='Memory is ordered sample by sample (s0 s0 s1 s1), the state beam by beam (s0 s1 s0 s1): '
                "hypotheses of one sample are decoded with another sample's state.",
    fix='h.repeat_interleave(K, dim=1)',
    layout='batch seq features',
)
H, K = 6, 2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, H, batch_first=True)
        self.cell = nn.GRUCell(H, H)
        self.out = nn.Linear(H, 4)

    def tile(self, h):
        return h.repeat(K, 1)  # BUG

    def forward(self, x):
        memory, h = self.encoder(x)
        memory = memory.repeat_interleave(K, dim=0)
        h = self.tile(h[-1])
        for _ in range(3):
            w = torch.softmax((memory * h.unsqueeze(1)).sum(-1, keepdim=True), dim=1)  # BUG
            h = self.cell((w * memory).sum(1), h)
        return self.out(h).view(x.size(0), K, -1)


class NetFixed(Net):
    def tile(self, h):
        return h.repeat_interleave(K, dim=0)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 5, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Hand-made bidirectional pair with a flip along time and back, sums of both directions."""
import torch
from torch import nn

META = dict(
    id='t069', source='custom bidirectional layers',
    title='flip(1) twice',
    explanation='The copy is reversed in time, and its outputs are reversed back.',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fw, self.bw = nn.GRU(3, 5, batch_first=True), nn.GRU(3, 5, batch_first=True)

    def forward(self, x):
        a, _ = self.fw(x)
        b, h = self.bw(x.flip(1))
        return a + b.flip(1), torch.cat([a[:, -1], h[-1]], 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

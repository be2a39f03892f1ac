"""Multi-level readout: all layers of h_n via transpose(0, 1).reshape."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y057', source='own',
    title='Multi-level readout: all layers of h_n via transpose(0, 1).reshape',
    explanation='h_n is (layers, batch, h); transposing before the reshape keeps each row one sample.',
    layout=['batch seq features'],
)


class AllLayers(nn.Module):
    def __init__(self, d=4, h=4, layers=4):
        super().__init__()
        self.rnn = nn.GRU(d, h, layers, batch_first=True)
        self.head = nn.Linear(layers * h, 4)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.head(h.transpose(0, 1).reshape(x.shape[0], -1))


def make():
    torch.manual_seed(0)
    m = AllLayers()
    torch.manual_seed(1)
    return m, (torch.randn(4, 4, 4),), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""h_n.view(batch, layers, H)[:, -1]: the axes are named in the order one wishes for."""
import torch
from torch import nn

META = dict(
    id='c050',
    source='own; h_n read batch first because the module is batch_first=True',
    title='h_n.view(batch, num_layers, H)[:, -1] meant as the last layer',
    loud=False,
    cause='hn_view_layers',
    explanation='h_n is (layers, batch, H). The view renames the axes without moving them: [:, -1] picks every '
                'third row, of any layer and sample.',
    fix='h_n[-1]',
    layout='batch seq features',
)
D, H, L = 3, 6, 3


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H, L, batch_first=True)
        self.proj = nn.Linear(H, 4)

    def code(self, h_n, n):
        return h_n.view(n, L, H)[:, -1]  # BUG

    def forward(self, x):
        _, h_n = self.gru(x)
        return torch.tanh(self.proj(self.code(h_n, x.size(0))))  # BUG


class EncoderFixed(Encoder):
    def code(self, h_n, n):
        return h_n[-1]


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, 8, D),)


def make():
    torch.manual_seed(0)
    return Encoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return EncoderFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

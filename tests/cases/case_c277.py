"""Deep BiLSTM regressor: h_n is viewed as (directions, layers, ...) instead of (layers, directions, ...)."""
import torch
from torch import nn

META = dict(
    id='c277', source='OpenNMT/OpenNMT-py#61 (the question about the order of h_n)',
    title='h_n.view(2, num_layers, batch, hidden)',
    loud=False, cause='hn_view_layers',
    explanation='h_n is ordered layer 0 forward, layer 0 backward, layer 1 forward, ...: the layer axis is the '
                'outer one. '
                'With '
                'the axes exchanged, [0, -1] is not the last forward state but the forward state of layer 1.',
    fix='h_n.view(num_layers, 2, batch, hidden)[-1]',
    layout='seq batch features',
)


class DeepBi(nn.Module):
    def __init__(self, n_in=4, hidden=5, num_layers=3):
        super().__init__()
        self.num_layers, self.hidden = num_layers, hidden
        self.core = nn.LSTM(n_in, hidden, num_layers, bidirectional=True)
        self.mlp = nn.Sequential(nn.Linear(2 * hidden, 8), nn.GELU(), nn.Linear(8, 2))

    def last_states(self, h_n):
        by_dir = h_n.view(2, self.num_layers, -1, self.hidden)  # BUG
        return by_dir[0, -1], by_dir[1, -1]  # BUG

    def forward(self, x):
        _, (h_n, _) = self.core(x)
        return self.mlp(torch.cat(self.last_states(h_n), dim=1))


class DeepBiRight(DeepBi):
    def last_states(self, h_n):
        by_layer = h_n.view(self.num_layers, 2, -1, self.hidden)
        return by_layer[-1, 0], by_layer[-1, 1]


def _x():
    torch.manual_seed(23)
    return (torch.randn(9, 6, 4),)


def make():
    torch.manual_seed(0)
    return DeepBi(), _x(), None


def fixed():
    torch.manual_seed(0)
    return DeepBiRight(), _x(), None


def run(model, inputs, targets):
    return model(*inputs)

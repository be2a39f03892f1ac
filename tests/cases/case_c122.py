"""hidden.reshape(x.size(0), -1) of a two-layer GRU, written inline: the classic."""
import torch
from torch import nn

META = dict(
    id='c122',
    source='zy1996code/nlp_basic_model#1 (view where permute is needed); own re-creation',
    title='h_n.reshape(batch, -1) for a two-layer GRU',
    loud=False,
    cause='hn_view_scramble',
    explanation='h_n is (2, batch, H). reshape(batch, -1) joins two neighbouring samples of one layer.',
    fix='h_n.transpose(0, 1).reshape(batch, -1)',
    layout='batch seq features',
)
D, H, L = 3, 5, 2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H, L, batch_first=True)
        self.fc = nn.Sequential(nn.Linear(H * L, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, x):
        _, h_n = self.gru(x)
        return self.fc(h_n.reshape(x.size(0), -1))  # BUG


class NetFixed(Net):
    def forward(self, x):
        _, h_n = self.gru(x)
        return self.fc(h_n.transpose(0, 1).reshape(x.size(0), -1))


def _data():
    torch.manual_seed(1)
    return (torch.randn(6, 9, D),)


def make():
    torch.manual_seed(0)
    return Net(), _data(), None


def fixed():
    torch.manual_seed(0)
    return NetFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

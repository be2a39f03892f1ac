"""Deep GRU, top state by h_n[0] after a permute to batch first: picks sample 0 for all."""
import torch
from torch import nn

META = dict(
    id='c234', source='forum question on hn.permute(1, 0, 2)[0]',
    title='hn[0] after permute',
    loud=False, cause='hn_wrong_index',
    explanation="After permute(1, 0, 2) axis 0 is the batch: [0] picks the first sample's layers, not a layer.",
    fix='hn.permute(1, 0, 2)[:, -1]',
    layout='batch seq features',
)
L, H = 2, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, H, L, batch_first=True)
        self.fc = nn.Linear(H, 2)

    def top(self, hn):
        return hn[-1]  # BUG

    def forward(self, x):
        _, hn = self.gru(x)
        return self.fc(self.top(hn.permute(1, 0, 2)))  # BUG


class NetFixed(Net):
    def top(self, hn):
        return hn[:, -1]


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""squeeze() before the softmax of a scorer: with one sample the class axis moves."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c193', source='chrisvdweth/ml-toolkit#1 (final_state.squeeze())',
    title='final_state.squeeze() of a one-sample batch',
    loud=False, cause='squeeze_batch',
    explanation='h.view(layers, 1, batch, H)[-1] is (1, batch, H). squeeze() without an axis also drops a batch '
                'of one, and softmax(dim=0) of what is left is another thing than for two samples.',
    fix='final_state.squeeze(0)',
    layout='batch seq features',
)
L, H = 2, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, H, L, batch_first=True)
        self.out = nn.Linear(H, 4)

    def top(self, h, n):
        return h.view(L, 1, n, H)[-1].squeeze()  # BUG

    def forward(self, x):
        _, h = self.rnn(x)
        return F.log_softmax(self.out(self.top(h, x.size(0))), dim=-1)  # BUG


class NetFixed(Net):
    def top(self, h, n):
        return h.view(L, 1, n, H)[-1].squeeze(0)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(1, 6, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Static covariates give the initial decoder state; it is unsqueezed on the batch-first side."""
import torch
from torch import nn

META = dict(
    id='c303', source='pytorch/pytorch#3851 (h_0 is never batch first), seen in static-conditioned forecasters',
    title='h0 = mlp(static).unsqueeze(1) because the GRU is batch_first',
    loud=True, cause='state_batch_first',
    explanation='batch_first concerns input and output only; h_0 is (layers, batch, hidden) = (1, 6, 10), not (6, '
                '1, 10).',
    fix='h0 = mlp(static).unsqueeze(0)',
    layout=['batch seq features', 'batch features'],
)


class Conditioned(nn.Module):
    def __init__(self, axis, d=3, d_static=4, hid=10):
        super().__init__()
        self.axis = axis
        self.init = nn.Sequential(nn.Linear(d_static, hid), nn.Tanh())
        self.gru = nn.GRU(d, hid, batch_first=True)
        self.head = nn.Linear(hid, 2)

    def forward(self, known_future, static):
        h0 = self.init(static).unsqueeze(self.axis)  # BUG
        out, _ = self.gru(known_future, h0)  # BUG
        return self.head(out)


def _data():
    torch.manual_seed(151)
    return torch.randn(6, 8, 3), torch.randn(6, 4)


def make():
    torch.manual_seed(0)
    return Conditioned(axis=1), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return Conditioned(axis=0), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

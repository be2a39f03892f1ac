"""Learned initial state built as (batch, layers, hidden), silent while batch == layers."""
import torch
from torch import nn

META = dict(
    id='c110',
    source='own; sizes coincide (2 samples, 2 layers)',
    title='h_0 batch first with as many samples as layers',
    loud=False,
    cause='state_batch_first',
    explanation='(batch, layers, hidden) has the right shape by luck: layer 1 of sample 0 starts from what was made'
                ' for layer 0 of sample 1.',
    fix='h0.transpose(0, 1).contiguous()',
    layout=['batch seq features', 'batch static'],
)
D, S, H, L = 3, 4, 5, 2


class Conditioned(nn.Module):
    def __init__(self):
        super().__init__()
        self.init = nn.Linear(S, L * H)
        self.gru = nn.GRU(D, H, L, batch_first=True)
        self.fc = nn.Linear(H, 1)

    def start(self, static):
        return torch.tanh(self.init(static)).view(-1, L, H)  # BUG

    def forward(self, x, static):
        out, _ = self.gru(x, self.start(static))  # BUG
        return self.fc(out[:, -1])


class ConditionedFixed(Conditioned):
    def start(self, static):
        return super().start(static).transpose(0, 1).contiguous()


def _data():
    torch.manual_seed(1)
    return torch.randn(2, 7, D), torch.randn(2, S)


def make():
    torch.manual_seed(0)
    return Conditioned(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ConditionedFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Two stacked LSTM modules, only the second one batch_first."""
import torch
from torch import nn

META = dict(
    id='c043',
    source='exe1023/LSTM_LN#1 (only part of the layers batch first); own re-creation',
    title='batch_first on one of two stacked LSTM layers',
    loud=False,
    cause='mixed_batch_first',
    explanation='The first layer reads (batch, seq, feat) as (seq, batch, feat), the second one as it is.',
    fix='batch_first=True on both',
    layout='batch seq features',
)


class Stacked(nn.Module):
    def __init__(self, first):
        super().__init__()
        self.layer1 = nn.LSTM(3, 8, **first)  # BUG
        self.norm = nn.LayerNorm(8)
        self.layer2 = nn.LSTM(8, 5, batch_first=True)
        self.head = nn.Linear(5, 1)

    def forward(self, x):
        y, _ = self.layer1(x)  # BUG
        y, _ = self.layer2(torch.relu(self.norm(y)))
        return self.head(y[:, -1])


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 10, 3),)


def make():
    torch.manual_seed(0)
    return Stacked({}), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return Stacked({'batch_first': True}), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

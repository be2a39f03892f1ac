"""Negative samples drawn along time from batch-first data."""
import torch
from torch import nn

META = dict(
    id='c093',
    source='own; labels picked by a mask over the other axis',
    title='out[:, idx] where idx numbers the labelled samples',
    loud=False,
    cause='minibatch_index_axis',
    explanation='idx holds the numbers of the labelled samples, but out is (batch, seq, H): out[:, idx] picks '
                'steps.',
    fix='out[idx]',
    layout=['batch seq features', None],
)
D, H = 3, 6


class SemiSupervised(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(D, H, batch_first=True)
        self.fc = nn.Linear(H, 2)

    def labelled(self, out, idx):
        return out[:, idx]  # BUG

    def forward(self, x, idx):
        out, _ = self.rnn(x)
        return self.fc(self.labelled(out, idx))[:, -1]  # BUG


class SemiSupervisedFixed(SemiSupervised):
    def labelled(self, out, idx):
        return out[idx]


def _data():
    torch.manual_seed(1)
    return torch.randn(5, 7, D), torch.tensor([0, 3, 4])


def make():
    torch.manual_seed(0)
    return SemiSupervised(), _data(), None


def fixed():
    torch.manual_seed(0)
    return SemiSupervisedFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

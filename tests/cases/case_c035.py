"""Sequences are pre-padded, yet the output of the first step is classified."""
import torch
from torch import nn

META = dict(
    id='c035',
    source='Atcold/NYU-DLSP20#19 (pull request)',
    title='Pick the last element of the output sequence: the input is padded in front',
    loud=False,
    cause='last_step_wrong_index',
    explanation='output[:, 0] has seen one symbol (mostly padding) only; the recurrent layer never matters.',
    fix='output[:, -1, :]',
    layout='batch seq features',
)
D, H, CLS = 6, 9, 4


class SimpleRnn(nn.Module):
    position = 0  # BUG

    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(D, H, batch_first=True)
        self.linear = nn.Linear(H, CLS)

    def forward(self, x):
        h, _ = self.rnn(x)
        return self.linear(h[:, self.position, :])  # BUG


class SimpleRnnFixed(SimpleRnn):
    position = -1


def _data():
    torch.manual_seed(1)
    x = nn.functional.one_hot(torch.randint(0, D, (4, 9)), D).float()
    for i, n in enumerate([9, 7, 8, 7]):
        x[i, :9 - n] = 0
    return (x,), torch.tensor([0, 3, 1, 2])


def make():
    torch.manual_seed(0)
    return (SimpleRnn(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (SimpleRnnFixed(),) + _data()


def run(model, inputs, targets):
    return nn.functional.cross_entropy(model(*inputs), targets)

"""pack_sequence of unsorted sequences."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence

META = dict(
    id='c073',
    source='zhangj111/astnn#33; re-created with pack_sequence',
    title='pack_sequence([a, b, c]) in data order',
    loud=True,
    cause='lengths_unsorted',
    explanation='pack_sequence also expects decreasing lengths unless enforce_sorted=False.',
    fix='pack_sequence(items, enforce_sorted=False)',
    layout=['seq features', 'seq features', 'seq features'],
)
D, H = 4, 6


class Program(nn.Module):
    sort = True  # BUG

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H, bidirectional=True)
        self.fc = nn.Linear(2 * H, 2)

    def forward(self, *items):
        packed = pack_sequence([x.tanh() for x in items], enforce_sorted=self.sort)  # BUG
        out, n = pad_packed_sequence(self.gru(packed)[0], padding_value=float('-inf'))
        return self.fc(out.max(dim=0).values)


class ProgramFixed(Program):
    sort = False


def _data():
    torch.manual_seed(1)
    return tuple(torch.randn(n, D) for n in (4, 7, 5))


def make():
    torch.manual_seed(0)
    return Program(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ProgramFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

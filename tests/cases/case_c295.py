"""Variable-length runs: packed batch-first, unpacked seq-first, then pooled over axis 1."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c295', source='recurring mistake: batch_first forgotten in pad_packed_sequence only',
    title='pad_packed_sequence(y) then amax(dim=1)',
    loud=False, cause='pad_packed_batch_first',
    explanation='Without batch_first=True the unpacked output is (steps, batch, hidden); amax over axis 1 is then the '
                'maximum over '
                'the runs of the batch at each step. batch == longest run hides it.',
    fix='pad_packed_sequence(y, batch_first=True, padding_value=-inf)',
    layout=['batch seq features', 'batch'],
)


class RunPool(nn.Module):
    def __init__(self, d=4, hid=7, n_modes=3):
        super().__init__()
        self.lstm = nn.LSTM(d, hid, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hid, n_modes)

    def unpack(self, y):
        return pad_packed_sequence(y, padding_value=float('-inf'))[0]  # BUG

    def forward(self, x, n_steps):
        packed = pack_padded_sequence(x, n_steps.cpu(), batch_first=True, enforce_sorted=False)
        y, _ = self.lstm(packed)
        return self.out(self.unpack(y).amax(dim=1))  # BUG


class RunPoolRight(RunPool):
    def unpack(self, y):
        return pad_packed_sequence(y, batch_first=True, padding_value=float('-inf'))[0]


def _data():
    torch.manual_seed(107)
    n = torch.tensor([5, 8, 3, 6, 8, 4, 7, 5])
    x = torch.randn(8, 8, 4)
    x[torch.arange(8)[None] >= n[:, None]] = 0.
    return (x, n), torch.tensor([0, 2, 1, 1, 0, 2, 2, 0])


def make():
    torch.manual_seed(0)
    return (RunPool(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (RunPoolRight(),) + _data()


def run(model, inputs, targets):
    logits = model(*inputs)
    return logits, nn.functional.cross_entropy(logits, targets)

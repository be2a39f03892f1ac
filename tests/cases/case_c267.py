"""Recordings of different length: lengths are sorted for packing, the recordings are not."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

META = dict(
    id='c267', source='ruotianluo/self-critical.pytorch#125 (the confusion about sorting), pytorch/pytorch#4927',
    title='lengths.sort(descending=True) without reordering x',
    loud=False, cause='lengths_misaligned',
    explanation='pack_padded_sequence receives the sorted lengths with the unsorted recordings: each recording is '
                'cut off '
                'at '
                'the length of another one, or runs on into its padding.',
    fix='pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)',
    layout=['batch seq features', 'batch'],
)


class GaitEncoder(nn.Module):
    def __init__(self, n_in=3, hid=8):
        super().__init__()
        self.pre = nn.Sequential(nn.Linear(n_in, hid), nn.Tanh())
        self.gru = nn.GRU(hid, hid, num_layers=2, batch_first=True)
        self.head = nn.Linear(hid, 2)

    def pack(self, x, lengths):
        lengths, _ = lengths.sort(descending=True)  # BUG
        return pack_padded_sequence(x, lengths.cpu(), batch_first=True)  # BUG

    def forward(self, x, lengths):
        _, h = self.gru(self.pack(self.pre(x), lengths))
        return self.head(h[-1])


class GaitEncoderRight(GaitEncoder):
    def pack(self, x, lengths):
        return pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)


def _data():
    torch.manual_seed(21)
    lengths = torch.tensor([7, 12, 4, 10, 9])
    return pad_sequence([torch.randn(int(n), 3) for n in lengths], batch_first=True), lengths


def make():
    torch.manual_seed(0)
    return GaitEncoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return GaitEncoderRight(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

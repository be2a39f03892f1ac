"""Unsorting with the sorting permutation itself instead of its inverse."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c015',
    source='own; the mistake in many hand-written unsort functions',
    title='out.index_select(0, order) after x.index_select(0, order)',
    loud=False,
    cause='sort_not_undone',
    explanation='Indexing twice with the same permutation does not undo it; the inverse is argsort(order).',
    fix='out.index_select(0, order.argsort())',
    layout=['batch seq features', None],
)
D, H, TAGS = 4, 5, 3


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, bidirectional=True)
        self.tag = nn.Linear(2 * H, TAGS)

    def unsort(self, out, order):
        return out.index_select(0, order)  # BUG

    def forward(self, x, lengths):
        steps = x.size(1)
        lengths, order = torch.sort(lengths, dim=0, descending=True)
        x = x.index_select(0, order).transpose(0, 1)
        packed, _ = self.lstm(pack_padded_sequence(x, lengths.cpu()))
        out, _ = pad_packed_sequence(packed, total_length=steps)
        out = self.unsort(out.transpose(0, 1), order)
        return self.tag(out)  # BUG


class TaggerFixed(Tagger):
    def unsort(self, out, order):
        return out.index_select(0, order.argsort())


def _data():
    torch.manual_seed(1)
    return torch.randn(4, 7, D), torch.tensor([4, 7, 6, 5])


def make():
    torch.manual_seed(0)
    return Tagger(), _data(), None


def fixed():
    torch.manual_seed(0)
    return TaggerFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

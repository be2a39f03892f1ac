"""Protein localisation: sequences in file order are packed with the default enforce_sorted=True."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

META = dict(
    id='c340', source='yeyupiaoling/MASR#64',
    title='`lengths` array must be sorted in decreasing order when `enforce_sorted` is True',
    loud=True, cause='lengths_unsorted',
    explanation='Packing with the default needs the samples sorted by length, longest first.',
    fix='pack_padded_sequence(..., enforce_sorted=False)',
    layout='batch seq',
)
AMINO, E, H, PLACES = 23, 6, 8, 4


class Localiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(AMINO, E, padding_idx=0)
        self.lstm = nn.LSTM(E, H, bidirectional=True, batch_first=True)
        self.place = nn.Linear(2 * H, PLACES)

    def pack(self, proteins):
        n = proteins.ne(0).sum(1)
        return pack_padded_sequence(self.emb(proteins), n, batch_first=True)  # BUG

    def forward(self, proteins):
        _, (h, _) = self.lstm(self.pack(proteins))
        return self.place(torch.cat(h.unbind(0), dim=-1))


class LocaliserFixed(Localiser):
    def pack(self, proteins):
        n = proteins.ne(0).sum(1)
        return pack_padded_sequence(self.emb(proteins), n, batch_first=True, enforce_sorted=False)


def _proteins():
    torch.manual_seed(1)
    seqs = [torch.randint(1, AMINO, (n,)) for n in (6, 11, 4, 9)]
    return (pad_sequence(seqs, batch_first=True),)


def make():
    torch.manual_seed(0)
    return Localiser(), _proteins(), None


def fixed():
    torch.manual_seed(0)
    return LocaliserFixed(), _proteins(), None


def run(model, inputs, targets):
    return model(*inputs)

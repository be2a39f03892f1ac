"""Sentence classifier: the lengths are sorted for packing, the sentences are not."""
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c323', source='"lengths array has to be sorted in decreasing order" - and only the array was sorted',
    title='Sorting the lengths without the sentences silences pack_padded_sequence',
    loud=False, cause='lengths_misaligned',
    explanation='pack_padded_sequence stops complaining, but sentence i is now cut at the length of another one: long '
                'sentences lose words '
                'and short ones are read into their padding.',
    fix='pack_padded_sequence(emb, lengths, batch_first=True, enforce_sorted=False)',
    layout='batch seq',
)
V, E, H, C, PAD = 30, 7, 9, 4, 0


class SentenceRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E, padding_idx=PAD)
        self.rnn = nn.LSTM(E, H, batch_first=True)
        self.clf = nn.Linear(H, C)

    def pack(self, sentences):
        lengths = (sentences != PAD).sum(1)
        lengths, _ = lengths.sort(descending=True)  # BUG
        return pack_padded_sequence(self.emb(sentences), lengths, batch_first=True)  # BUG

    def forward(self, sentences):
        _, (h, _) = self.rnn(self.pack(sentences))
        return self.clf(h[-1])


class SentenceRNNFixed(SentenceRNN):
    def pack(self, sentences):
        lengths = (sentences != PAD).sum(1)
        return pack_padded_sequence(self.emb(sentences), lengths, batch_first=True, enforce_sorted=False)


def _sentences():
    torch.manual_seed(1)
    x = torch.randint(1, V, (5, 8))
    for row, n in zip(x, (4, 8, 2, 6, 5)):
        row[n:] = PAD
    return (x,)


def make():
    torch.manual_seed(0)
    return SentenceRNN(), _sentences(), None


def fixed():
    torch.manual_seed(0)
    return SentenceRNNFixed(), _sentences(), None


def run(model, inputs, targets):
    return model(*inputs)

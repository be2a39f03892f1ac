"""Sorted by length for packing; the predictions are returned in sorted order."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c014',
    source='mead-ml/mead-baseline#677 (pull request) on unsorting; pytorch/pytorch#3584',
    title='Batch sorted for pack_padded_sequence, outputs not aligned to the inputs',
    loud=False,
    cause='sort_not_undone',
    explanation='Row i of the result is the sample with the i-th greatest length, while the labels are in the order'
                ' of the loader.',
    fix='scores[torch.argsort(order)]',
    layout=['batch seq', None],
)
V, E, H, CLS = 21, 5, 7, 3


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E)
        self.rnn = nn.GRU(E, H, batch_first=True)
        self.out = nn.Linear(H, CLS)

    def restore(self, scores, order):
        return scores

    def forward(self, words, lengths):
        lengths, order = lengths.sort(descending=True)
        x = self.embed(words[order])  # BUG
        _, h = self.rnn(pack_padded_sequence(x, lengths, batch_first=True))  # BUG
        return self.restore(self.out(h.squeeze(0)), order)  # BUG


class ClassifierFixed(Classifier):
    def restore(self, scores, order):
        return scores[torch.argsort(order)]


def _data():
    torch.manual_seed(1)
    return torch.randint(0, V, (4, 8)), torch.tensor([3, 8, 5, 6])


def make():
    torch.manual_seed(0)
    return Classifier(), _data(), torch.tensor([0, 2, 1, 1])


def fixed():
    torch.manual_seed(0)
    return ClassifierFixed(), _data(), torch.tensor([0, 2, 1, 1])


def run(model, inputs, targets):
    scores = model(*inputs)
    return nn.functional.cross_entropy(scores, targets), scores.argmax(1)

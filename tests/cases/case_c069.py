"""Two inputs of one example sorted by their own lengths: pairs no longer belong together."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c069',
    source='pytorch/pytorch#2615 (source and translation sorted separately get misaligned)',
    title='Source and translation each sorted for packing, never put back',
    loud=False,
    cause='sort_not_undone',
    explanation='Both encoders return their rows in the order of their own lengths, so row i joins the source of '
                'one example with the translation of another.',
    fix='h[torch.argsort(order)] in encode',
    layout=['batch seq', None, 'batch seq', None],
)
V, E, H = 19, 5, 6


class PostEditing(nn.Module):
    def __init__(self):
        super().__init__()
        self.src, self.mt = nn.Embedding(V, E), nn.Embedding(V, E)
        self.src_rnn, self.mt_rnn = nn.GRU(E, H), nn.GRU(E, H)
        self.quality = nn.Bilinear(H, H, 1)

    def back(self, h, order):
        return h

    def encode(self, rnn, x, lengths):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(x[order].transpose(0, 1), lengths)  # BUG
        _, h = rnn(packed)
        return self.back(h[-1], order)  # BUG

    def forward(self, src, src_len, mt, mt_len):
        a = self.encode(self.src_rnn, self.src(src), src_len)
        b = self.encode(self.mt_rnn, self.mt(mt), mt_len)
        return self.quality(a, b).squeeze(-1)  # BUG


class PostEditingFixed(PostEditing):
    def back(self, h, order):
        return h[torch.argsort(order)]


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 7)), torch.tensor([5, 7, 3, 6]),
            torch.randint(0, V, (4, 6)), torch.tensor([6, 4, 5, 2]))


def make():
    torch.manual_seed(0)
    return PostEditing(), _data(), None


def fixed():
    torch.manual_seed(0)
    return PostEditingFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

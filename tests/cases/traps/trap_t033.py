"""Work on PackedSequence.data: Linear and dropout applied to the packed rows, then unpacked."""
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

META = dict(
    id='t033',
    source='own',
    title='PackedSequence rebuilt with new data',
    explanation='The packed data are rows of all samples step by step; a row-wise Linear keeps them so.',
    layout=['batch seq', None],
)
V, E, H = 16, 4, 5


class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.first, self.second = nn.GRU(E, H, batch_first=True), nn.GRU(H, H, batch_first=True, bidirectional=True)
        self.between = nn.Sequential(nn.Linear(H, H), nn.ReLU(), nn.Dropout(0.1))
        self.tag = nn.Linear(2 * H, 3)

    def forward(self, words, lengths):
        packed = pack_padded_sequence(self.emb(words), lengths, batch_first=True, enforce_sorted=False)
        packed, _ = self.first(packed)
        packed = PackedSequence(self.between(packed.data) + packed.data, packed.batch_sizes, packed.sorted_indices,
                                packed.unsorted_indices)
        packed, h = self.second(packed)
        packed = packed._replace(data=self.tag(packed.data).log_softmax(-1))
        out, _ = pad_packed_sequence(packed, batch_first=True, padding_value=0.0)
        return out, torch.cat(h.unbind(0), dim=-1)


def fixed():
    torch.manual_seed(0)
    model = Packed()
    torch.manual_seed(1)
    return model, (torch.randint(0, V, (4, 6)), torch.tensor([3, 6, 4, 5])), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

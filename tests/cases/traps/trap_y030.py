"""Old-style packing: sort, pack seq-first, unpack, unsort on axis 1."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='y030', source='own', title='sort and unsort on the batch axis of seq-first tensors', loud=False, cause='none',
    explanation='The permutation is applied to axis 1 (the batch of seq-first tensors) and undone on axis 1.',
    layout='seq batch',
)


class SortedEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(35, 6, padding_idx=0)
        self.lstm = nn.LSTM(6, 5, bidirectional=True)
        self.out = nn.Linear(10, 4)

    def forward(self, ids):
        lengths = ids.ne(0).sum(0)
        lengths, order = lengths.sort(descending=True)
        back = torch.empty_like(order)
        back[order] = torch.arange(order.numel())
        packed = pack_padded_sequence(self.emb(ids[:, order]), lengths)
        states, (h, _) = self.lstm(packed)
        states, _ = pad_packed_sequence(states, padding_value=float('-inf'))
        best = states.index_select(1, back).amax(0)
        ends = torch.cat((h[0], h[1]), -1)[back]
        return self.out(best + ends)


def _inputs():
    torch.manual_seed(1)
    ids = torch.randint(1, 35, (9, 5))
    for j, n in enumerate((4, 9, 6, 2, 7)):
        ids[n:, j] = 0
    return (ids,)


def make():
    torch.manual_seed(0)
    return SortedEncoder(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

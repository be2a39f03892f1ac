"""Packed by hand-sorted lengths, enforce_sorted, then unsorted by index."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y064', source='own',
    title='Packed by hand-sorted lengths, enforce_sorted, then unsorted by index',
    explanation='order = argsort descending; back = argsort(order) restores rows of outputs and of h_n on dim 1.',
    layout=['batch seq features', 'batch'],
)


from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Sorted(nn.Module):
    def __init__(self, d=3, h=6):
        super().__init__()
        self.rnn = nn.LSTM(d, h, 2, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(2 * h, 4)
        self.head = nn.Linear(2 * h, 2)

    def forward(self, x, lengths):
        n, order = lengths.sort(descending=True)
        back = order.argsort()
        p = pack_padded_sequence(x[order], n.cpu().long(), batch_first=True, enforce_sorted=True)
        o, (h, _) = self.rnn(p)
        o, _ = pad_packed_sequence(o, batch_first=True, total_length=x.size(1))
        h = h.index_select(1, back)
        return self.tag(o[back]), self.head(torch.cat([h[-2], h[-1]], 1))


def make():
    torch.manual_seed(0)
    m = Sorted()
    torch.manual_seed(1)
    n = torch.tensor([4, 9, 2, 7, 5], dtype=torch.int32)
    x = torch.randn(5, 9, 3) * (torch.arange(9)[None] < n[:, None]).unsqueeze(-1)
    return m, (x, n), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

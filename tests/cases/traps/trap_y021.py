"""Old-style packing: sorted by hand, unpacked to the full width, put back in the data order."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='y021', source='own program', title='sort, pack, unpack, unsort by hand',
    explanation='The inverse permutation is applied to the outputs and to h_n (axis 1).',
    layout=['batch seq features', 'batch'],
)


class OldStyle(nn.Module):
    def __init__(self, d=3, h=6):
        super().__init__()
        self.rnn = nn.LSTM(d, h, 2, batch_first=True, bidirectional=True)
        self.step, self.final = nn.Linear(2 * h, 2), nn.Linear(2 * h, 2)

    def forward(self, x, n):
        n_sorted, order = n.sort(descending=True, stable=True)
        back = torch.empty_like(order)
        back[order] = torch.arange(len(order))
        y, (h, _) = self.rnn(pack_padded_sequence(x[order], n_sorted.cpu(), batch_first=True))
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=x.size(1))
        y, h = y[back], h[:, back]
        return self.step(y), self.final(torch.cat([h[-2], h[-1]], 1))


def make():
    torch.manual_seed(0)
    m = OldStyle()
    torch.manual_seed(1)
    n = torch.tensor([4, 9, 6, 9, 2])
    x = torch.randn(5, 10, 3) * (torch.arange(10)[None, :, None] < n[:, None, None])
    return m, (x, n), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

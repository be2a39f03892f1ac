"""Multi-head attention by hand with relative positions over a time-first LSTM, transposed bool mask."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y076', source='own',
    title='Multi-head attention by hand with relative positions over a time-first LSTM, transposed bool mask',
    explanation='The mask comes as (seq, batch), True = padding, and is turned to (batch, 1, 1, seq); heads are '
                'split from the feature axis.',
    layout=['seq batch features', 'seq batch'],
)


class RelAttn(nn.Module):
    def __init__(self, d=4, h=8, heads=2, span=12):
        super().__init__()
        self.heads, self.span = heads, span
        self.rnn = nn.LSTM(d, h)
        self.qkv = nn.Linear(h, 3 * h)
        self.rel = nn.Parameter(torch.randn(heads, 2 * span - 1) * .1)
        self.head = nn.Linear(h, 2)

    def forward(self, x, pad):
        o = self.rnn(x)[0].transpose(0, 1)
        b, t, h = o.shape
        q, k, v = self.qkv(o).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        pos = torch.arange(t)
        bias = self.rel[:, pos[:, None] - pos[None] + self.span - 1]
        s = torch.einsum('bhid,bhjd->bhij', q, k) / q.size(-1) ** .5 + bias
        a = s.masked_fill(pad.t()[:, None, None, :], float('-inf')).softmax(-1)
        y = torch.einsum('bhij,bhjd->bihd', a, v).reshape(b, t, h)
        keep = (~pad.t()).unsqueeze(-1).float()
        return self.head((y * keep).sum(1) / keep.sum(1))


def make():
    torch.manual_seed(0)
    m = RelAttn()
    torch.manual_seed(1)
    n = torch.tensor([10, 4, 7, 6, 2])
    pad = torch.arange(10)[:, None] >= n[None]
    return m, (torch.randn(10, 5, 4).masked_fill(pad[..., None], 0), pad), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

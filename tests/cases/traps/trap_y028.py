"""Multi-head attention pooling over padded sentences, heads split by view and mask by -inf."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='y028', source='own', title='masked multi-head attention pooling', loud=False, cause='none',
    explanation='The heads are split off the feature axis by view and moved by permute; the softmax runs over the '
                'steps.',
    layout='batch seq',
)


class HeadPool(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.query = heads, nn.Parameter(torch.randn(heads, dim // heads))

    def forward(self, x, keep):
        b, t, d = x.shape
        per_head = x.view(b, t, self.heads, d // self.heads).permute(2, 0, 1, 3)     # (heads, b, t, d/heads)
        e = torch.einsum('nbtd,nd->nbt', per_head, self.query)
        w = F.softmax(e.masked_fill(~keep, float('-inf')), dim=2)
        pooled = (w.unsqueeze(-1) * per_head).sum(2)                                 # (heads, b, d/heads)
        return pooled.permute(1, 0, 2).reshape(b, d)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(30, 6, padding_idx=0)
        self.rnn = nn.GRU(6, 6, bidirectional=True, batch_first=True)
        self.pool = HeadPool(12, 3)
        self.fc = nn.Linear(12, 4)

    def forward(self, ids):
        keep = ids != 0
        packed = pack_padded_sequence(self.emb(ids), keep.sum(1), batch_first=True, enforce_sorted=False)
        x, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True, total_length=ids.size(1))
        return self.fc(self.pool(x, keep))


def _inputs():
    torch.manual_seed(1)
    ids = torch.randint(1, 30, (4, 8))
    for row, n in zip(ids, (8, 3, 6, 5)):
        row[n:] = 0
    return (ids,)


def make():
    torch.manual_seed(0)
    return Net(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""Bidirectional by hand: a second LSTM reads each sentence reversed up to its own length."""
import torch
from torch import nn

META = dict(
    id='y039', source='own', title='reversing padded sequences with gather', loud=False, cause='none',
    explanation='Position t of the reversed sentence is length-1-t of the same sentence; pads stay where they are.',
    layout='batch seq',
)


def reverse_padded(x, lengths):
    t = torch.arange(x.size(1)).expand(x.size(0), -1)
    index = torch.where(t < lengths[:, None], lengths[:, None] - 1 - t, t)
    return x.gather(1, index.unsqueeze(-1).expand_as(x))


class TwoReaders(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(25, 6, padding_idx=0)
        self.forwards = nn.LSTM(6, 5, batch_first=True)
        self.backwards = nn.LSTM(6, 5, batch_first=True)
        self.tags = nn.Linear(10, 4)

    def forward(self, ids, lengths):
        x = self.emb(ids)
        f, _ = self.forwards(x)
        b, _ = self.backwards(reverse_padded(x, lengths))
        both = torch.cat([f, reverse_padded(b, lengths)], -1)
        mask = torch.arange(ids.size(1))[None, :, None] < lengths[:, None, None]
        return self.tags(both) * mask


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([7, 3, 5, 6])
    return torch.randint(1, 25, (4, 7)) * (torch.arange(7) < lengths[:, None]), lengths


def make():
    torch.manual_seed(0)
    return TwoReaders(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""Lengths sorted for pack_padded_sequence, the sentences not: each sample gets another one's length."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c070',
    source='own; "lengths.sort(descending=True)" added to silence the error of enforce_sorted',
    title='lengths, _ = lengths.sort(descending=True)',
    loud=False,
    cause='lengths_misaligned',
    explanation='Only the lengths are sorted. Row 0 is packed with the greatest length whoever it is: real words '
                'are cut, padding is read.',
    fix='pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)',
    layout=['batch seq', None],
)
V, E, H = 21, 5, 6


class Intent(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E, padding_idx=0)
        self.rnn = nn.LSTM(E, H, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * H, 4)

    def pack(self, x, lengths):
        lengths, _ = lengths.sort(descending=True)  # BUG
        return pack_padded_sequence(x, lengths, batch_first=True)  # BUG

    def forward(self, words, lengths):
        out, (h, _) = self.rnn(self.pack(self.emb(words), lengths))
        out, _ = pad_packed_sequence(out, batch_first=True)
        return self.fc(torch.cat([h[0], h[1]], dim=1)), out


class IntentFixed(Intent):
    def pack(self, x, lengths):
        return pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)


def _data():
    torch.manual_seed(1)
    lengths = torch.tensor([3, 7, 5, 4])
    return torch.randint(1, V, (4, 7)) * (torch.arange(7) < lengths[:, None]), lengths


def make():
    torch.manual_seed(0)
    return Intent(), _data(), None


def fixed():
    torch.manual_seed(0)
    return IntentFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

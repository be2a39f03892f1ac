"""pack_padded_sequence left seq-first on batch-first data: the lengths do not fit the batch."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c101',
    source='own; "Expected len(lengths) to be equal to batch_size, but got 3 (batch_size=8)"',
    title='pack_padded_sequence without batch_first on (batch, seq, features)',
    loud=True,
    cause='pad_packed_batch_first',
    explanation='Without batch_first=True the second axis, time, is taken for the batch.',
    fix='pack_padded_sequence(x, lengths, batch_first=True)',
    layout=['batch seq', None],
)
V, E, H = 17, 5, 6


class Encoder(nn.Module):
    first = False  # BUG

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E, padding_idx=0)
        self.lstm = nn.LSTM(E, H, batch_first=True)

    def forward(self, words, lengths):
        packed = pack_padded_sequence(self.emb(words), lengths, batch_first=self.first)  # BUG
        packed, (h, _) = self.lstm(packed)
        out, _ = pad_packed_sequence(packed, batch_first=True)
        return {'out': out, 'last': h[-1]}


class EncoderFixed(Encoder):
    first = True


def _data():
    torch.manual_seed(1)
    lengths = torch.tensor([8, 6, 3])
    return torch.randint(1, V, (3, 8)) * (torch.arange(8) < lengths[:, None]), lengths


def make():
    torch.manual_seed(0)
    return Encoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return EncoderFixed(), _data(), None


def run(model, inputs, targets):
    out = model(*inputs)
    return out['out'], out['last']

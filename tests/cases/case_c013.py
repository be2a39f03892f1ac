"""pad_packed_sequence without batch_first: mean over what is now the batch axis."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c013',
    source='own, after the many threads on pack_padded_sequence (e.g. pytorch/pytorch#25497)',
    title='pack with batch_first=True, unpack without',
    loud=False,
    cause='pad_packed_batch_first',
    explanation='pad_packed_sequence returns (seq, batch, H) unless told otherwise; mean(dim=1) then averages over '
                'the samples.',
    fix='pad_packed_sequence(out, batch_first=True)',
    layout=['batch seq features', None],
)
D, H = 4, 6


class Activity(nn.Module):
    unpack = dict()

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.fc = nn.Linear(H, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(packed)
        out, n = pad_packed_sequence(out, **self.unpack)  # BUG
        return self.fc(out.sum(dim=1) / out.size(1))  # BUG


class ActivityFixed(Activity):
    unpack = dict(batch_first=True)


def _data():
    torch.manual_seed(1)
    return torch.randn(5, 5, D), torch.tensor([5, 2, 4, 5, 3])


def make():
    torch.manual_seed(0)
    return Activity(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ActivityFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

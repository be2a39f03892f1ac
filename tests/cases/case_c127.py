"""PackedSequence output unpacked seq-first and the last position taken as if batch first."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c127',
    source='own; pad_packed_sequence(output)[0][:, -1]',
    title='out[:, -1] of a seq-first unpacked output',
    loud=False,
    cause='last_step_wrong_axis',
    explanation='pad_packed_sequence returns (seq, batch, H) here; out[:, -1] is the last sample at all its steps.',
    fix='h_n[-1]',
    layout=['seq batch', None],
)
V, E, H = 18, 4, 6


class Reviews(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H)
        self.fc = nn.Linear(H, 1)

    def last(self, out, h_n):
        return out[:, -1]  # BUG

    def forward(self, text, lengths):
        packed = pack_padded_sequence(self.emb(text), lengths, enforce_sorted=False)
        packed, (h_n, _) = self.lstm(packed)
        out, _ = pad_packed_sequence(packed)
        return torch.sigmoid(self.fc(self.last(out, h_n)))  # BUG


class ReviewsFixed(Reviews):
    def last(self, out, h_n):
        return h_n[-1]


def _data():
    torch.manual_seed(1)
    return torch.randint(0, V, (7, 4)), torch.tensor([7, 3, 5, 7])


def make():
    torch.manual_seed(0)
    return Reviews(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ReviewsFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""PackedSequence unpacked seq-first, attention over axis 1: the samples are averaged."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c143',
    source='own; attention over an unpacked output, batch_first given to pack only',
    title='pad_packed_sequence(out)[0] used as (batch, seq, H)',
    loud=False,
    cause='pad_packed_batch_first',
    explanation='The unpacked output is (seq, batch, H); softmax(dim=1) and sum(dim=1) run over the samples.',
    fix='pad_packed_sequence(out, batch_first=True)',
    layout=['batch seq', None],
)
V, E, H = 17, 4, 5


class Attentive(nn.Module):
    batch_first = False  # BUG

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.gru = nn.GRU(E, H, batch_first=True, bidirectional=True)
        self.att, self.fc = nn.Linear(2 * H, 1), nn.Linear(2 * H, 2)

    def forward(self, words, lengths):
        packed = pack_padded_sequence(self.emb(words), lengths, batch_first=True, enforce_sorted=False)
        packed, _ = self.gru(packed)
        out, _ = pad_packed_sequence(packed, batch_first=self.batch_first)  # BUG
        weights = torch.softmax(self.att(torch.tanh(out)), dim=1)  # BUG
        return self.fc((weights * out).sum(dim=1))


class AttentiveFixed(Attentive):
    batch_first = True


def _data():
    torch.manual_seed(1)
    return torch.randint(0, V, (4, 7)), torch.tensor([5, 7, 7, 6])


def make():
    torch.manual_seed(0)
    return Attentive(), _data(), None


def fixed():
    torch.manual_seed(0)
    return AttentiveFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

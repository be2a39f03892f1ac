"""Text encoder of an image-text model: gathering the output at length-1 from a BiGRU."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c310', source='yalesong/pvse#13',
    title='Bidirectional GRU Bugs: the output at the last word is not the final state of the reverse direction',
    loud=False, cause='bidir_last_step',
    explanation='At position length-1 the backward half has read one word only. The full backward state is at '
                'position 0 '
                '(or in h_n[1]).',
    fix='torch.cat([out[rows, lengths - 1, :H], out[:, 0, H:]], 1)',
    layout='batch seq',
)
V, E, H, D = 29, 7, 6, 8


class EncoderText(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E, padding_idx=0)
        self.rnn = nn.GRU(E, H, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * H, D)

    def encode(self, words, lengths):
        packed = pack_padded_sequence(self.embed(words), lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0]

    def forward(self, words, lengths):
        padded = self.encode(words, lengths)
        index = (lengths - 1).view(-1, 1, 1).expand(-1, 1, 2 * H)
        last = torch.gather(padded, 1, index).squeeze(1)  # BUG
        return F.normalize(self.fc(last), dim=-1)


class EncoderTextFixed(EncoderText):
    def forward(self, words, lengths):
        padded = self.encode(words, lengths)
        rows = torch.arange(words.size(0))
        ends = torch.cat([padded[rows, lengths - 1, :H], padded[:, 0, H:]], dim=1)
        return F.normalize(self.fc(ends), dim=-1)


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([5, 9, 3, 7])
    words = torch.randint(1, V, (4, 9))
    words[torch.arange(9)[None] >= lengths[:, None]] = 0
    return words, lengths


def make():
    torch.manual_seed(0)
    return EncoderText(), _inputs(), None


def fixed():
    torch.manual_seed(0)
    return EncoderTextFixed(), _inputs(), None


def run(model, inputs, targets):
    return model(*inputs)

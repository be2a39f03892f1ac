"""Bidirectional tagger reads states of the wrong layer for the sentence label: cat(h[0], h[1]) of two layers."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c124',
    source='songyingxin/Bert-TextClassification#16 (which entries of hidden are the last layer); own re-creation',
    title='torch.cat((h[0], h[1]), 1) of a two-layer BiGRU',
    loud=False,
    cause='hn_wrong_index',
    explanation='h[0] and h[1] are both directions of layer 0; the top layer is h[-2] and h[-1].',
    fix='torch.cat((h[-2], h[-1]), dim=1)',
    layout=['batch seq', None],
)
V, E, H = 22, 5, 4


class Joint(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E, padding_idx=0)
        self.gru = nn.GRU(E, H, 2, bidirectional=True, batch_first=True)
        self.tag, self.intent = nn.Linear(2 * H, 3), nn.Linear(2 * H, 4)

    def sentence(self, h):
        return torch.cat((h[0], h[1]), dim=1)  # BUG

    def forward(self, words, lengths):
        packed = pack_padded_sequence(self.emb(words), lengths, batch_first=True, enforce_sorted=False)
        packed, h = self.gru(packed)
        out, _ = pad_packed_sequence(packed, batch_first=True)
        return self.tag(out), self.intent(self.sentence(h))  # BUG


class JointFixed(Joint):
    def sentence(self, h):
        return torch.cat((h[-2], h[-1]), dim=1)


def _data():
    torch.manual_seed(1)
    lengths = torch.tensor([4, 7, 5])
    return torch.randint(1, V, (3, 7)) * (torch.arange(7) < lengths[:, None]), lengths


def make():
    torch.manual_seed(0)
    return Joint(), _data(), None


def fixed():
    torch.manual_seed(0)
    return JointFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

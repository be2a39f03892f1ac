"""hidden.view(layers, -1, 2 * H)[-1]: layers and directions joined by a view, samples paired."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c131',
    source='public code, index id 41606413696',
    title='"Rearrange hidden_n to [num_layers, batch, hidden_size * num_directions]" by a view',
    loud=False,
    cause='hn_view_scramble',
    explanation='(layers * 2, batch, H).view(layers, -1, 2 * H) pairs neighbouring samples of one direction.',
    fix='hidden.view(layers, 2, batch, H).transpose(1, 2).reshape(layers, batch, 2 * H)',
    layout=['batch seq', None],
)
V, E, H, L = 21, 4, 5, 2


class Toxicity(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E, padding_idx=0)
        self.rnn = nn.GRU(E, H, L, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * H, 1)

    def by_layer(self, hidden):
        return hidden.view(L, -1, 2 * H)  # BUG

    def forward(self, words, lengths):
        packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True)
        _, hidden = self.rnn(packed)
        hidden = self.by_layer(hidden)
        return torch.sigmoid(self.fc(hidden[-1]))  # BUG


class ToxicityFixed(Toxicity):
    def by_layer(self, hidden):
        n = hidden.size(1)
        return hidden.view(L, 2, n, H).transpose(1, 2).reshape(L, n, 2 * H)


def _data():
    torch.manual_seed(1)
    lengths = torch.tensor([8, 6, 5, 3])
    return torch.randint(1, V, (4, 8)) * (torch.arange(8) < lengths[:, None]), lengths


def make():
    torch.manual_seed(0)
    return Toxicity(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ToxicityFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

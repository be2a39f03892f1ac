"""Final states of a 3-layer BiLSTM: view(layers, 2, batch, H), last layer, sum of the directions."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='y029', source='own', title='h_n viewed as (layers, directions, batch, H)', loud=False, cause='none',
    explanation='Splitting axis 0 of h_n by view keeps the samples where they are; the directions of the last layer '
                'are added.',
    layout='batch seq',
)
LAYERS = 3


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(27, 5, padding_idx=0)
        self.lstm = nn.LSTM(5, 7, LAYERS, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(14, 3)

    def forward(self, ids, lengths):
        p = pack_padded_sequence(self.emb(ids), lengths, batch_first=True, enforce_sorted=False)
        _, (h, c) = self.lstm(p)
        h = h.view(LAYERS, 2, ids.size(0), -1)[-1].sum(0)
        c = c.view(LAYERS, 2, ids.size(0), -1)[-1].mean(0)
        return self.fc(torch.cat((h, torch.tanh(c)), 1))


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([2, 7, 4, 5, 3, 6])                   # 6 samples = layers * directions
    ids = torch.randint(1, 27, (6, 7)) * (torch.arange(7) < lengths[:, None])
    return ids, lengths


def make():
    torch.manual_seed(0)
    return Encoder(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

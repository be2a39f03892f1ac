"""Encoder with BatchNorm1d(seq_len) between embedding and BiLSTM."""
import torch
from torch import nn

META = dict(
    id='c138',
    source='public code, index ids 25404455558 and 6131561848',
    title='self.batch_norm = nn.BatchNorm1d(seq_len) on (batch, seq, emb)',
    loud=False,
    cause='bn_axis',
    explanation='One scale and one mean for each position, over all embedding components: the positions are the '
                'channels.',
    fix='nn.BatchNorm1d(emb) on the transposed tensor',
    layout='batch seq',
)
V, E, T, H = 23, 5, 7, 4


class EncoderRNN(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.batch_norm = nn.BatchNorm1d(channels)  # BUG
        self.rnn = nn.LSTM(E, H, batch_first=True, bidirectional=True)

    def norm(self, x):
        return self.batch_norm(x)  # BUG

    def forward(self, inputs):
        out, (h, c) = self.rnn(self.norm(self.embedding(inputs)))
        out = out[:, :, :H] + out[:, :, H:]
        return out, (h, c)


class EncoderRNNFixed(EncoderRNN):
    def norm(self, x):
        return self.batch_norm(x.transpose(1, 2)).transpose(1, 2)


def _warm(model, channels):
    with torch.no_grad():
        model.batch_norm.running_var.copy_(torch.linspace(0.5, 2.0, channels))
    return model


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, T)),)


def make():
    torch.manual_seed(0)
    return _warm(EncoderRNN(T), T), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return _warm(EncoderRNNFixed(E), E), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""A subclass of nn.LSTM that packs inside its own forward, as pytorch-forecasting's does, and a batch of several lengths."""
import torch
from torch import nn
from torch.nn.utils import rnn

META = dict(
    id='z001',
    source='zoo: pytorch-forecasting, models/nn/rnn.py',
    title='class PackingLSTM(nn.LSTM): forward packs, calls super().forward, and unpacks',
    explanation='Rows are sorted for packing and put back by nn.LSTM and pad_packed_sequence.',
    layout=['batch seq features', None],
)


class PackingLSTM(nn.LSTM):
    def forward(self, x, hx=None, lengths=None):
        if lengths is None:
            return super().forward(x, hx)
        packed = rnn.pack_padded_sequence(x, lengths, batch_first=self.batch_first, enforce_sorted=False)
        out, state = super().forward(packed, hx)
        return rnn.pad_packed_sequence(out, batch_first=self.batch_first)[0], state


class PackingGRU(nn.GRU):
    def forward(self, x, hx=None, lengths=None):
        packed = rnn.pack_padded_sequence(x, lengths, batch_first=self.batch_first, enforce_sorted=False)
        out, state = super().forward(packed, hx)
        return rnn.pad_packed_sequence(out, batch_first=self.batch_first)[0], state


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = PackingLSTM(3, 6, 2, batch_first=True)
        self.decoder = PackingLSTM(3, 6, 2, batch_first=True)
        self.reader = PackingGRU(6, 4, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(8, 1)

    def forward(self, x, lengths):
        _, state = self.encoder(x, lengths=lengths)
        out, _ = self.decoder(x[:, -2:], state)
        _, h_n = self.reader(out, lengths=torch.full_like(lengths, 2))
        return self.fc(torch.cat((h_n[-2], h_n[-1]), dim=1))


def fixed():
    torch.manual_seed(0)
    model = Forecaster()
    torch.manual_seed(1)
    return model, (torch.randn(4, 6, 3), torch.tensor([5, 3, 6, 2])), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

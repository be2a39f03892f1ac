"""Encoder with two layers, decoder with one: the encoder's state is handed over whole."""
import torch
from torch import nn

META = dict(
    id='c022',
    source='OpenNMT/OpenNMT-py#342 (mistake dec_layers as enc_layers)',
    title='State of a 2-layer encoder into a 1-layer decoder',
    loud=True,
    cause='state_wrong_layers',
    explanation='The decoder wants (1, batch, hidden), the encoder gives (2, batch, hidden); only the last layer '
                'can be handed over.',
    fix='state = tuple(s[-1:] for s in state)',
    layout=['batch seq features', None],
)
D, H = 4, 7


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(D, H, num_layers=2, batch_first=True)  # BUG
        self.decoder = nn.LSTM(1, H, num_layers=1, batch_first=True)  # BUG
        self.out = nn.Linear(H, 1)

    def bridge(self, state):
        return state

    def forward(self, past, shifted):
        _, state = self.encoder(past)
        out, _ = self.decoder(shifted, self.bridge(state))  # BUG
        return self.out(out)


class Seq2SeqFixed(Seq2Seq):
    def bridge(self, state):
        return tuple(s[-1:].contiguous() for s in state)


def _data():
    torch.manual_seed(1)
    return torch.randn(3, 9, D), torch.randn(3, 4, 1)


def make():
    torch.manual_seed(0)
    return Seq2Seq(), _data(), None


def fixed():
    torch.manual_seed(0)
    return Seq2SeqFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

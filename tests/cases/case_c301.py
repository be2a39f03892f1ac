"""Bidirectional encoder, one-directional decoder of the same depth: the state is handed over as it is."""
import torch
from torch import nn

META = dict(
    id='c301',
    source='recurring error in seq2seq forecasters with a bidirectional encoder (cf. IBM/pytorch-seq2seq#118)',
    title='Expected hidden[0] size (2, 5, 9), got [4, 5, 9]',
    loud=True, cause='state_wrong_layers',
    explanation='A two-layer bidirectional encoder returns four states, the decoder takes two. The directions have '
                'to be '
                'merged '
                'layer by layer.',
    fix='s.view(layers, 2, batch, hid).sum(1)',
    layout=['batch seq features', 'batch seq features'],
)


class BiEncDec(nn.Module):
    def __init__(self, d=4, hid=9, layers=2):
        super().__init__()
        self.layers, self.hid = layers, hid
        self.enc = nn.LSTM(d, hid, layers, batch_first=True, bidirectional=True)
        self.dec = nn.LSTM(1, hid, layers, batch_first=True)
        self.head = nn.Linear(hid, 1)

    def hand_over(self, state):
        return state

    def forward(self, past, y_in):
        _, state = self.enc(past)
        out, _ = self.dec(y_in, self.hand_over(state))  # BUG
        return self.head(out)


class BiEncDecRight(BiEncDec):
    def hand_over(self, state):
        return tuple(s.view(self.layers, 2, -1, self.hid).sum(dim=1) for s in state)


def _data():
    torch.manual_seed(139)
    return (torch.randn(5, 12, 4), torch.randn(5, 3, 1)), torch.randn(5, 3, 1)


def make():
    torch.manual_seed(0)
    return (BiEncDec(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (BiEncDecRight(),) + _data()


def run(model, inputs, targets):
    return nn.functional.mse_loss(model(*inputs), targets)

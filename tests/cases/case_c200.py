"""Bidirectional encoder states straight into a one-directional decoder."""
import torch
from torch import nn

META = dict(
    id='c200', source='forum question "Expected hidden[0] size (2, 4, 6), got [4, 4, 6]"',
    title='Bidirectional encoder, unidirectional decoder: hidden size mismatch',
    loud=True, cause='state_wrong_layers',
    explanation="The encoder's states have layers * 2 rows, the decoder reads layers rows.",
    fix='h.view(L, 2, B, H).sum(1)',
    layout=[ "batch seq features", "batch seq features"],
)
L, H = 2, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(3, H, L, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(2, H, L, batch_first=True)

    def bridge(self, s):
        return s  # BUG

    def forward(self, x, y):
        _, (h, c) = self.encoder(x)
        return self.decoder(y, (self.bridge(h), self.bridge(c)))[0]  # BUG


class NetFixed(Net):
    def bridge(self, s):
        return s.view(L, 2, s.size(1), H).sum(1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 5, 3), torch.randn(4, 3, 2)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

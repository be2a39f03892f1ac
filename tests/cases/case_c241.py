"""Positional encoding for seq-first data added to batch-first data of another size."""
import torch
from torch import nn

META = dict(
    id='c241', source='gangweix/Stoch-predict-with-Tranformer-LSTM#3',
    title='Transformer part code obviosly has bug',
    loud=True, cause='batch_seq_swapped',
    explanation='pe[:x.size(0), :] is cut to the batch size and then meets the steps of x.',
    fix='x + self.pe[: x.size(1)]',
    layout='batch seq features',
)
D = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("pe", torch.randn(40, D))
        self.lstm = nn.LSTM(D, 5, batch_first=True)

    def encode(self, x):
        return x + self.pe[: x.size(0), :]  # BUG

    def forward(self, x):
        return self.lstm(self.encode(x))[0]


class NetFixed(Net):
    def encode(self, x):
        return x + self.pe[: x.size(1)]


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 7, D),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

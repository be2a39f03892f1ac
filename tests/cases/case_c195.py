"""Chunked transformer decoder layer, seq-first by default, gets batch-first targets and memory of equal length."""
import torch
from torch import nn

META = dict(
    id='c195', source='forum questions on nn.TransformerDecoderLayer and batch_first',
    title='TransformerDecoderLayer with (batch, seq, dim) inputs',
    loud=False, cause='mha_batch_first',
    explanation='Targets and memory are (batch, seq, dim), the layer is seq-first: attention runs over the '
                'samples, and the causal behaviour one wants along time is lost.',
    fix='nn.TransformerDecoderLayer(D, 2, 16, batch_first=True)',
    layout=[ "batch seq features", "batch seq features"],
)
D = 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(3, D, batch_first=True)
        self.inp = nn.Linear(2, D)
        self.layer = nn.TransformerDecoderLayer(D, 2, 16, dropout=0.1)  # BUG
        self.head = nn.Linear(D, 2)

    def forward(self, x, y):
        memory, _ = self.encoder(x)
        return self.head(self.layer(self.inp(y), memory))  # BUG


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerDecoderLayer(D, 2, 16, dropout=0.1, batch_first=True)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3), torch.randn(4, 6, 2)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

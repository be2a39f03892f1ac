"""Seq-first Transformer with the tutorial's positional encoding, causal mask and padding mask."""
import math

import torch
from torch import nn

META = dict(
    id='t054', source='the PyTorch language-model tutorial',
    title='pe[:x.size(0)] on seq-first data',
    explanation='Everything is seq-first, so axis 0 is time and the codes belong there.',
    layout='seq batch',
)
V, D = 15, 8


class Net(nn.Module):
    def __init__(self, max_len=40):
        super().__init__()
        self.emb = nn.Embedding(V, D)
        pos = torch.arange(max_len).unsqueeze(1)
        div = torch.exp(torch.arange(0, D, 2) * (-math.log(10000.0) / D))
        pe = torch.zeros(max_len, 1, D)
        pe[:, 0, 0::2], pe[:, 0, 1::2] = torch.sin(pos * div), torch.cos(pos * div)
        self.register_buffer("pe", pe)
        self.enc = nn.TransformerEncoder(nn.TransformerEncoderLayer(D, 2, 16), 2, enable_nested_tensor=False)
        self.dec = nn.Linear(D, V)

    def forward(self, src):
        x = self.emb(src) * math.sqrt(D) + self.pe[: src.size(0)]
        mask = nn.Transformer.generate_square_subsequent_mask(len(src))
        return self.dec(self.enc(x, mask))


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, V, (7, 4)),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

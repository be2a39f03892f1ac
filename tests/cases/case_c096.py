"""Sequential(Embedding, GRU, LayerNorm, Linear): the tuple reaches the LayerNorm."""
import torch
from torch import nn

META = dict(
    id='c096',
    source='own, after pytorch/pytorch#3349',
    title='for layer in self.layers: x = layer(x) with a recurrent layer among them',
    loud=True,
    cause='tuple_passed_on',
    explanation='A GRU returns (output, h_n); the loop hands the pair to LayerNorm.',
    fix='x = x[0] after a recurrent layer',
    layout='batch seq',
)


class Stack(nn.Module):
    unpack = False

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Embedding(14, 5), nn.GRU(5, 6, batch_first=True), nn.LayerNorm(6),
                                     nn.Dropout(0.1), nn.Linear(6, 3)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)  # BUG
            if self.unpack and isinstance(x, tuple):
                x = x[0]
        return x


class StackFixed(Stack):
    unpack = True


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, 14, (3, 6)),)


def make():
    torch.manual_seed(0)
    return Stack(), _data(), None


def fixed():
    torch.manual_seed(0)
    return StackFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""2-D state (batch, hidden), as for a cell, given to nn.GRU with a batch."""
import torch
from torch import nn

META = dict(
    id='c080',
    source='pytorch/pytorch#3925 (comment: Expected hidden[0] size (1, 64, 256), got (64, 256)); own re-creation',
    title='For batched 3-D input, hx should also be 3-D but got 2-D tensor',
    loud=True,
    cause='state_ndim',
    explanation='nn.GRU wants (layers, batch, hidden); the image code is (batch, hidden), as for a GRUCell.',
    fix='code.unsqueeze(0)',
    layout=['batch features', 'batch seq'],
)
V, E, H = 12, 4, 6


class Captioner(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Linear(7, H)
        self.emb = nn.Embedding(V, E)
        self.gru = nn.GRU(E, H, batch_first=True)
        self.out = nn.Linear(H, V)

    def start(self, code):
        return code  # BUG

    def forward(self, features, words):
        code = torch.relu(self.image(features))
        y, _ = self.gru(self.emb(words), self.start(code))  # BUG
        return self.out(y)


class CaptionerFixed(Captioner):
    def start(self, code):
        return code.unsqueeze(0)


def _data():
    torch.manual_seed(1)
    return torch.randn(3, 7), torch.randint(0, V, (3, 5))


def make():
    torch.manual_seed(0)
    return Captioner(), _data(), None


def fixed():
    torch.manual_seed(0)
    return CaptionerFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

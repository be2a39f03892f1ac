"""Character model: nn.Softmax() without an axis on (seq, batch, vocab): the implicit axis is 0."""
import torch
from torch import nn

META = dict(
    id='c099',
    source='own; "Implicit dimension choice for softmax has been deprecated"',
    title='nn.Softmax() on a 3-D tensor takes axis 0',
    loud=False,
    cause='softmax_axis',
    explanation='For 3-D input the implicit axis is 0, here time: the probabilities of a symbol sum to one over the'
                ' steps, and each step knows the later ones.',
    fix='nn.Softmax(dim=-1)',
    layout='seq batch',
)
V, E, H = 9, 4, 6


class CharRnn(nn.Module):
    def __init__(self, softmax):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.rnn = nn.RNN(E, H)
        self.out = nn.Linear(H, V)
        self.softmax = softmax

    def forward(self, tokens):
        out, _ = self.rnn(self.emb(tokens))
        return self.softmax(self.out(out))  # BUG


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (6, 4)),)


def make():
    torch.manual_seed(0)
    return CharRnn(nn.Softmax()), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return CharRnn(nn.Softmax(dim=-1)), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

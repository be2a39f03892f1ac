"""Language model with states passed from chunk to chunk (detached), reset for every document."""
import torch
from torch import nn

META = dict(
    id='t008',
    source='own; truncated back-propagation through time',
    title='State kept between the chunks of one document, made anew for the next',
    explanation='The chunks are consecutive pieces of the same rows; carrying the state is the point. run() resets '
                'it first.',
    layout='seq batch',
)
V, E, H = 16, 5, 7


class Stateful(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, H)
        self.rnn = nn.LSTM(H, H, 2)
        self.dec = nn.Linear(H, V)
        self.dec.weight = self.emb.weight                            # tied
        self.state = None

    def reset(self):
        self.state = None

    def forward(self, tokens):
        out, state = self.rnn(self.emb(tokens), self.state)
        self.state = tuple(s.detach() for s in state)
        return self.dec(out)


def fixed():
    torch.manual_seed(0)
    model = Stateful()
    torch.manual_seed(1)
    return model, (torch.randint(0, V, (13, 4)),), None


def run(model, inputs, targets):
    model.reset()
    text, losses = inputs[0], []
    for start in range(0, text.size(0) - 1, 4):
        x, y = text[start:start + 4], text[start + 1:start + 5]
        logits = model(x[:y.size(0)])
        losses.append(nn.functional.cross_entropy(logits.permute(1, 2, 0), y.t()))
    return torch.stack(losses)


make = None

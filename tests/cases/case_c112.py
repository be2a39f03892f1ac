"""An encoder attribute holds the state of the previous sentence pair: h_0 of the second sentence is the first
one's."""
import torch
from torch import nn

META = dict(
    id='c112',
    source='JulesBelveze/text-summarizer#8 (pull request: init hidden state of the encoder at each batch)',
    title='init_hidden is called once, before the loop over the batches',
    loud=False,
    cause='state_carried',
    explanation='The hidden state of the encoder is made once and passed from article to article.',
    fix='hidden = encoder.init_hidden(n) inside the loop',
    layout='seq batch',
)
V, E, H = 18, 5, 6


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.gru = nn.GRU(E, H)
        self.out = nn.Linear(H, 3)

    def init_hidden(self, n):
        return self.out.weight.new_zeros(1, n, H)

    def forward(self, words, hidden):
        out, hidden = self.gru(self.embedding(words), hidden)  # BUG
        return self.out(out[-1]), hidden


class Loop(nn.Module):
    each = False  # BUG

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()

    def forward(self, *batches):
        hidden, outs = self.encoder.init_hidden(batches[0].size(1)), []
        for words in batches:
            if self.each:
                hidden = self.encoder.init_hidden(words.size(1))
            out, hidden = self.encoder(words, hidden)  # BUG
            outs.append(out)
        return tuple(outs)


class LoopFixed(Loop):
    each = True


def _data():
    torch.manual_seed(1)
    return tuple(torch.randint(0, V, (n, 3)) for n in (6, 5, 7))


def make():
    torch.manual_seed(0)
    return Loop(), _data(), None


def fixed():
    torch.manual_seed(0)
    return LoopFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Character-aware model: characters folded with words, the states of words viewed as (seq, batch)."""
import torch
from torch import nn

META = dict(
    id='c224', source='GitHub char-LSTM taggers (h.view(seq, batch, -1) after folding batch-first)',
    title='Char embeddings scrambled between sentences',
    loud=False, cause='hn_view_scramble',
    explanation='Words are folded batch-first (batch * seq). Viewing the char states as (seq, batch, H) deals the '
                'words out to other sentences.',
    fix='h.view(batch, seq, -1).transpose(0, 1)',
    layout='batch seq chars',
)
V, E, H = 15, 4, 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.chars = nn.LSTM(E, H, batch_first=True)
        self.words = nn.LSTM(H, 6, bidirectional=True)
        self.tag = nn.Linear(12, 3)

    def per_word(self, h, b, s):
        return h.view(s, b, -1)  # BUG

    def forward(self, text):
        b, s, c = text.shape
        _, (h, _) = self.chars(self.emb(text.view(-1, c)))
        out, _ = self.words(self.per_word(h[-1], b, s))  # BUG
        return self.tag(out)


class NetFixed(Net):
    def per_word(self, h, b, s):
        return h.view(b, s, -1).transpose(0, 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, V, (3, 5, 4)),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

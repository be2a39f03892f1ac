"""Stateful language model: one long text per column, the state goes on from chunk to chunk, detached."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y031',
    source='own', title='truncated backpropagation through time with a carried state', loud=False, cause='none',
    explanation='Chunk k+1 continues the texts of chunk k, so carrying the detached state is what is wanted.',
    layout='seq batch',
)
V, BPTT = 17, 5


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, 8)
        self.rnn = nn.LSTM(8, 8, 2)
        self.dec = nn.Linear(8, V)
        self.dec.weight = self.emb.weight

    def forward(self, ids, state):
        out, state = self.rnn(self.emb(ids), state)
        return self.dec(out), state


def _text():
    torch.manual_seed(1)
    stream = torch.randint(0, V, (64,))
    return (stream.view(4, 16).t().contiguous(),)           # 4 texts of 16 tokens, seq-first


def make():
    torch.manual_seed(0)
    return LM(), _text(), None


fixed = make


def run(model, inputs, targets):
    text, = inputs
    state, losses = None, []
    for i in range(0, text.size(0) - 1, BPTT):
        x, y = text[i:i + BPTT][:text.size(0) - 1 - i], text[i + 1:i + 1 + BPTT]
        logits, state = model(x, state)
        state = tuple(s.detach() for s in state)
        losses.append(F.cross_entropy(logits.flatten(0, 1), y.flatten()))
    return torch.stack(losses)

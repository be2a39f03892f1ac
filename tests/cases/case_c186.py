"""Seq-first decoder logits flattened against batch-first targets: rows of other sentences."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c186', source='GitHub seq2seq code, logits.view(-1, V) with trg.view(-1) of the other layout',
    title='Loss of flattened logits and targets in different layouts',
    loud=False, cause='loss_shape',
    explanation='Logits are (seq, batch, vocab), targets (batch, seq). Both flatten to the same number of rows, '
                "in different orders: each position is trained on another sentence's word.",
    fix='logits.transpose(0, 1).reshape(-1, V)',
    layout=[ "batch seq", "batch seq"],
)
V, E, H = 14, 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E)
        self.encoder, self.decoder = nn.GRU(E, H), nn.GRU(E, H)
        self.out = nn.Linear(H, V)

    def rows(self, logits):
        return logits.reshape(-1, V)  # BUG

    def forward(self, src, trg):
        _, h = self.encoder(self.embed(src.t()))
        logits = self.out(self.decoder(self.embed(trg[:, :-1].t()), h)[0])
        return F.cross_entropy(self.rows(logits), trg[:, 1:].reshape(-1))  # BUG


class NetFixed(Net):
    def rows(self, logits):
        return logits.transpose(0, 1).reshape(-1, V)


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 6)), torch.randint(0, V, (4, 5))), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

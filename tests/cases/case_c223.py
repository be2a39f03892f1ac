"""Sequence labelling loss: logits.permute(1, 0, 2) forgotten on one side, NLL by gather along time."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c223', source='GitHub masked cross entropy code (masked_cross_entropy.py), used with seq-first outputs',
    title='masked loss with decoder outputs left seq-first',
    loud=False, cause='loss_shape',
    explanation='The outputs are (seq, batch, vocab), the targets (batch, seq): flattened, each word is scored '
                "with another word's distribution.",
    fix='logits.transpose(0, 1).contiguous()',
    layout=[ "batch seq", "batch seq"],
)
V, E, H = 9, 4, 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E)
        self.enc, self.dec = nn.GRU(E, H), nn.GRU(E, H)
        self.out = nn.Linear(H, V)

    def forward(self, src, tgt):
        _, h = self.enc(self.embed(src).transpose(0, 1))
        y, _ = self.dec(self.embed(tgt).transpose(0, 1), h)
        return self.order(self.out(y))

    def order(self, logits):
        return logits  # BUG


class NetFixed(Net):
    def order(self, logits):
        return logits.transpose(0, 1).contiguous()


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(1, V, (3, 6)), torch.randint(1, V, (3, 5))), None


def run(model, inputs, targets):
    src, tgt = inputs
    logits = model(src, tgt)
    logp = F.log_softmax(logits.view(-1, V), dim=1)
    losses = -torch.gather(logp, 1, tgt.view(-1, 1))  # BUG
    mask = (tgt != 0).view(-1, 1)
    return (losses * mask).sum() / mask.sum()


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

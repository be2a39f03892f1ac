"""Seq2seq with attention by bmm: memory.permute(1, 2, 0) of a batch-first memory, batch == seq."""
import torch
from torch import nn

META = dict(
    id='c258', source='GitHub seq2seq attention code written for seq-first memories',
    title='bmm of decoder state and permuted memory',
    loud=False, cause='mha_batch_first',
    explanation='The memory is already batch first; permuting it as if it were (seq, batch, hidden) scores sample '
                'i against time slice i.',
    fix='memory.transpose(1, 2)',
    layout=[ "batch seq features", "batch seq features"],
)
N, H = 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.dec = nn.GRU(3, H, batch_first=True), nn.GRU(2, H, batch_first=True)
        self.out = nn.Linear(2 * H, 2)

    def keys(self, memory):
        return memory.permute(1, 2, 0)  # BUG

    def forward(self, x, y):
        memory, h = self.enc(x)
        out, _ = self.dec(y, h)
        w = torch.softmax(torch.bmm(out, self.keys(memory)), dim=-1)  # BUG
        return self.out(torch.cat([out, torch.bmm(w, memory)], -1))  # BUG


class NetFixed(Net):
    def keys(self, memory):
        return memory.transpose(1, 2)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(N, N, 3), torch.randn(N, 4, 2)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Luong-style decoder cell over seq-first encoder outputs: attention is normalised over the batch."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c289',
    source='keon/seq2seq#6 (review: "computes softmax along the batch dimension"), PetrochukM/PyTorch-NLP#2',
    title='F.softmax(energy, dim=1) with energy (steps, batch)',
    loud=False, cause='softmax_axis',
    explanation='The encoder outputs are seq-first, so the energies are (steps, batch) and axis 1 is the batch. The '
                'weights of '
                'one series depend on the other series and do not sum to one over time.',
    fix='F.softmax(energy, dim=0)',
    layout=['seq batch features', 'seq batch features'],
)


def attend(query, memory):
    energy = (memory * query).sum(-1)                        # (S, N)
    weights = F.softmax(energy, dim=1)  # BUG
    return torch.einsum('sn,snh->nh', weights, memory)


def attend_right(query, memory):
    energy = (memory * query).sum(-1)                        # (S, N)
    weights = F.softmax(energy, dim=0)
    return torch.einsum('sn,snh->nh', weights, memory)


class Decoder(nn.Module):
    def __init__(self, attention, hid=8, d=1):
        super().__init__()
        self.attention = attention
        self.enc = nn.GRU(3, hid)
        self.cell = nn.GRUCell(d + hid, hid)
        self.out = nn.Linear(2 * hid, d)

    def forward(self, src, tgt):
        memory, h = self.enc(src)
        h, context, ys = h[0], torch.zeros_like(h[0]), []
        for y_prev in tgt:                                     # tgt is (T, N, 1): time is the first axis
            h = self.cell(torch.cat([y_prev, context], 1), h)
            context = self.attention(h, memory)
            ys.append(self.out(torch.cat([h, context], 1)))
        return torch.stack(ys)


def _data():
    torch.manual_seed(79)
    return torch.randn(9, 5, 3), torch.randn(4, 5, 1)


def make():
    torch.manual_seed(0)
    return Decoder(attend), _data(), None


def fixed():
    torch.manual_seed(0)
    return Decoder(attend_right), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

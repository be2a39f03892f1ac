"""Capsules on top of a BiLSTM: dynamic routing, the softmax runs over the output capsules."""
import torch
from torch import nn

META = dict(
    id='y042', source='own', title='dynamic routing between word and class capsules', loud=False, cause='none',
    explanation='The logits b are (batch, words, capsules); each word shares itself out over the capsules (dim=2), '
                'as in the paper.',
    layout='batch seq',
)


def squash(s):
    n2 = s.pow(2).sum(-1, keepdim=True)
    return n2 / (1 + n2) * s / (n2 + 1e-8).sqrt()


class CapsText(nn.Module):
    def __init__(self, out_caps=3, dim=4):
        super().__init__()
        self.emb = nn.Embedding(26, 6)
        self.lstm = nn.LSTM(6, 5, bidirectional=True, batch_first=True)
        self.w = nn.Parameter(torch.randn(out_caps, 10, dim) * 0.3)

    def forward(self, ids):
        x, _ = self.lstm(self.emb(ids))
        u = torch.einsum('bth,chd->btcd', x, self.w)
        logits = u.new_zeros(u.shape[:3])
        for _ in range(3):
            c = logits.softmax(dim=2)
            v = squash((c.unsqueeze(-1) * u).sum(1))
            logits = logits + torch.einsum('btcd,bcd->btc', u, v)
        return v.norm(dim=-1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, 26, (4, 9)),)


def make():
    torch.manual_seed(0)
    return CapsText(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

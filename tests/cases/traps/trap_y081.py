"""Tacotron 2 decoder with location sensitive attention."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y081', source='own', loud=False, cause='none',
    title='Tacotron 2 decoder with location sensitive attention',
    explanation=(
        'Teacher forced mels are permuted to time-major only for the loop; cumulative weights go through '
        'a Conv1d over the memory axis; pads get -inf before softmax.'), fix='',
    layout=['batch seq', 'batch seq features', 'batch'],
)


class Location(nn.Module):
    def __init__(self, q, m, a=7, f=4):
        super().__init__()
        self.q, self.m = nn.Linear(q, a, bias=False), nn.Linear(m, a, bias=False)
        self.conv, self.loc = nn.Conv1d(2, f, 5, padding=2, bias=False), nn.Linear(f, a, bias=False)
        self.v = nn.Linear(a, 1, bias=False)

    def forward(self, query, memory, keys, cat, pad):
        loc = self.loc(self.conv(cat).transpose(1, 2))
        e = self.v(torch.tanh(self.q(query.unsqueeze(1)) + loc + keys)).squeeze(-1)
        w = F.softmax(e.masked_fill(pad, -float('inf')), dim=1)
        return torch.bmm(w.unsqueeze(1), memory).squeeze(1), w


class Tacotron(nn.Module):
    def __init__(self, vocab=13, n_mels=5, e=8, h=10):
        super().__init__()
        self.emb = nn.Embedding(vocab, e)
        self.enc = nn.LSTM(e, e // 2, batch_first=True, bidirectional=True)
        self.prenet = nn.Sequential(nn.Linear(n_mels, 6), nn.ReLU())
        self.att_rnn, self.dec_rnn = nn.LSTMCell(6 + e, h), nn.LSTMCell(h + e, h)
        self.att = Location(h, e)
        self.mel, self.gate = nn.Linear(h + e, n_mels), nn.Linear(h + e, 1)
        self.h, self.n_mels = h, n_mels

    def forward(self, text, mels, lengths):
        b, n = text.shape
        packed = nn.utils.rnn.pack_padded_sequence(self.emb(text), lengths.cpu(), batch_first=True,
                                                   enforce_sorted=False)
        memory, _ = nn.utils.rnn.pad_packed_sequence(self.enc(packed)[0], batch_first=True, total_length=n)
        keys = self.att.m(memory)
        pad = torch.arange(n)[None, :] >= lengths[:, None]
        go = mels.new_zeros(1, b, self.n_mels)
        frames = self.prenet(torch.cat([go, mels.transpose(0, 1)], 0))
        ah, ac, dh, dc = (mels.new_zeros(b, self.h) for _ in range(4))
        w = total = mels.new_zeros(b, n)
        ctx = memory.new_zeros(b, memory.size(2))
        out, gates, aligns = [], [], []
        while len(out) < frames.size(0) - 1:
            ah, ac = self.att_rnn(torch.cat((frames[len(out)], ctx), -1), (ah, ac))
            ctx, w = self.att(ah, memory, keys, torch.stack((w, total), 1), pad)
            total = total + w
            dh, dc = self.dec_rnn(torch.cat((ah, ctx), -1), (dh, dc))
            both = torch.cat((dh, ctx), 1)
            out.append(self.mel(both))
            gates.append(self.gate(both).squeeze(1))
            aligns.append(w)
        out = torch.stack(out).transpose(0, 1).contiguous()
        return out, torch.stack(gates).transpose(0, 1), torch.stack(aligns).transpose(0, 1)


def make():
    torch.manual_seed(0)
    m = Tacotron()
    torch.manual_seed(1)
    return m, (torch.randint(1, 13, (5, 9)), torch.randn(5, 7, 5), torch.tensor([9, 6, 8, 9, 4])), None


fixed = make


def run(model, inputs, targets):
    text, mels, lengths = inputs
    out, gate, align = model(text, mels, lengths)
    stop = torch.zeros_like(gate)
    stop[:, -1] = 1.
    return F.mse_loss(out, mels) + F.binary_cross_entropy_with_logits(gate, stop)

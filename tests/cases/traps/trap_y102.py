"""Dual-path RNN separation with half-overlapping chunks and overlap-add."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y102', source='own', loud=False, cause='none',
    title='Dual-path RNN separation with half-overlapping chunks and overlap-add',
    explanation=(
        'Intra: (b, s, k, n) rows b * s; inter: (b, k, s, n) rows b * k; each view follows a matching '
        'permute; loss permutes sources per sample.'), fix='',
    layout='batch seq',
)


class Block(nn.Module):
    def __init__(self, n, h):
        super().__init__()
        self.intra = nn.LSTM(n, h, batch_first=True, bidirectional=True)
        self.inter = nn.LSTM(n, h, batch_first=True, bidirectional=True)
        self.fi, self.fo = nn.Linear(2 * h, n), nn.Linear(2 * h, n)
        self.ni, self.no = nn.GroupNorm(1, n), nn.GroupNorm(1, n)

    def forward(self, x):
        b, n, k, s = x.shape
        r = x.permute(0, 3, 2, 1).contiguous().view(b * s, k, n)
        r = self.fi(self.intra(r)[0]).view(b, s, k, n).permute(0, 3, 2, 1)
        x = x + self.ni(r)
        r = x.permute(0, 2, 3, 1).contiguous().view(b * k, s, n)
        r = self.fo(self.inter(r)[0]).view(b, k, s, n).permute(0, 3, 1, 2)
        return x + self.no(r)


class DPRNN(nn.Module):
    def __init__(self, n=6, win=4, k=6, h=5, spk=2):
        super().__init__()
        self.k, self.spk, self.n = k, spk, n
        self.enc = nn.Conv1d(1, n, win, stride=win // 2, bias=False)
        self.blocks = nn.Sequential(Block(n, h), Block(n, h))
        self.mask = nn.Conv2d(n, n * spk, 1)
        self.dec = nn.ConvTranspose1d(n, 1, win, stride=win // 2, bias=False)

    def forward(self, wav):
        b = wav.size(0)
        w = F.relu(self.enc(wav.unsqueeze(1)))
        length, p, k = w.size(2), self.k // 2, self.k
        gap = (-length) % p
        x = F.pad(w, (p, p + gap))
        full = x.size(2)
        x = x.unfold(2, k, p).transpose(2, 3)                            # (b, n, k, s)
        x = self.mask(self.blocks(x)).view(b * self.spk, self.n, k, -1)
        s = x.size(3)
        x = F.fold(x.reshape(b * self.spk, self.n * k, s), (1, full), (1, k), stride=(1, p))
        m = torch.sigmoid(x.squeeze(2)[:, :, p:p + length]).view(b, self.spk, self.n, length)
        y = (m * w.unsqueeze(1)).view(b * self.spk, self.n, length)
        return self.dec(y).view(b, self.spk, -1)


def make():
    torch.manual_seed(0)
    m = DPRNN()
    torch.manual_seed(1)
    src = torch.randn(4, 2, 42)
    return m, (src.sum(1),), src


fixed = make


def run(model, inputs, targets):
    est = model(*inputs)
    est, ref = est - est.mean(-1, keepdim=True), targets - targets.mean(-1, keepdim=True)
    e, r = est.unsqueeze(2), ref.unsqueeze(1)
    proj = (e * r).sum(-1, keepdim=True) * r / r.pow(2).sum(-1, keepdim=True)
    snr = 10 * torch.log10(proj.pow(2).sum(-1) / ((e - proj).pow(2).sum(-1) + 1e-8) + 1e-8)
    both = torch.stack([snr[:, 0, 0] + snr[:, 1, 1], snr[:, 0, 1] + snr[:, 1, 0]], 1) / 2
    return -both.max(1)[0].mean()

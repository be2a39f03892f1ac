"""Dual-path RNN: chunks of a signal; one RNN along the chunk, one across the chunks, axes folded into the batch."""
import torch
from torch import nn

META = dict(
    id='t002',
    source='own; after the idea of dual-path RNNs for speech separation',
    title='Axes folded into the batch and back, twice',
    explanation='Every fold takes the batch as its outer axis and is undone in the same order.',
    layout='batch features seq',
)
N, H, K = 4, 5, 6


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.intra = nn.LSTM(N, H, batch_first=True, bidirectional=True)
        self.inter = nn.LSTM(N, H, batch_first=True, bidirectional=True)
        self.intra_fc, self.inter_fc = nn.Linear(2 * H, N), nn.Linear(2 * H, N)
        self.norm = nn.GroupNorm(1, N)

    def forward(self, x):                                            # (B, N, K, S)
        b, n, k, s = x.shape
        rows = x.permute(0, 3, 2, 1).contiguous().view(b * s, k, n)
        rows = self.intra_fc(self.intra(rows)[0]).view(b, s, k, n).permute(0, 3, 2, 1)
        x = x + self.norm(rows)
        cols = x.permute(0, 2, 3, 1).reshape(b * k, s, n)
        cols = self.inter_fc(self.inter(cols)[0]).view(b, k, s, n).permute(0, 3, 1, 2)
        return x + self.norm(cols)


class DualPath(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Conv1d(1, N, 2)
        self.blocks = nn.Sequential(Block(), Block())
        self.mask = nn.Conv1d(N, 2 * N, 1)
        self.decode = nn.ConvTranspose1d(N, 1, 2)

    def forward(self, wave):
        code = torch.relu(self.encode(wave))                         # (B, N, L)
        b, n, steps = code.shape
        chunks = nn.functional.pad(code, (0, -steps % K)).view(b, n, -1, K).transpose(2, 3)
        whole = self.blocks(chunks).transpose(2, 3).reshape(b, n, -1)[..., :steps]
        masks = self.mask(whole).view(b, 2, n, steps).sigmoid()      # two speakers
        sources = (masks * code.unsqueeze(1)).view(b * 2, n, steps)
        return self.decode(sources).view(b, 2, -1)


def fixed():
    torch.manual_seed(0)
    model = DualPath()
    torch.manual_seed(1)
    return model, (torch.randn(2, 1, 23),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

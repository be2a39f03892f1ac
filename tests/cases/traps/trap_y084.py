"""PredRNN: ST-LSTM with a memory that zigzags over layers."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y084', source='own', loud=False, cause='none',
    title='PredRNN: ST-LSTM with a memory that zigzags over layers',
    explanation=(
        'Gates are chunks along the channel axis; the memory m of the top layer goes to the bottom layer '
        'of the next step.'), fix='',
    layout='batch seq channel height width',
)


class STLSTM(nn.Module):
    def __init__(self, i, h, k=3):
        super().__init__()
        p = k // 2
        self.x, self.h = nn.Conv2d(i, 7 * h, k, padding=p), nn.Conv2d(h, 4 * h, k, padding=p)
        self.m, self.o = nn.Conv2d(h, 3 * h, k, padding=p), nn.Conv2d(2 * h, h, k, padding=p)
        self.last = nn.Conv2d(2 * h, h, 1)
        self.norm = nn.GroupNorm(1, 7 * h)

    def forward(self, x, h, c, m):
        ix, fx, gx, ix2, fx2, gx2, ox = self.norm(self.x(x)).chunk(7, dim=1)
        ih, fh, gh, oh = self.h(h).chunk(4, dim=1)
        im, fm, gm = self.m(m).chunk(3, dim=1)
        c = torch.sigmoid(fx + fh + 1.) * c + torch.sigmoid(ix + ih) * torch.tanh(gx + gh)
        m = torch.sigmoid(fx2 + fm + 1.) * m + torch.sigmoid(ix2 + im) * torch.tanh(gx2 + gm)
        mem = torch.cat((c, m), 1)
        return torch.sigmoid(ox + oh + self.o(mem)) * torch.tanh(self.last(mem)), c, m


class PredRNN(nn.Module):
    def __init__(self, patch=2, ch=1, h=6, layers=2, seen=4):
        super().__init__()
        self.patch, self.h, self.seen = patch, h, seen
        d = ch * patch * patch
        self.cells = nn.ModuleList(STLSTM(d if i == 0 else h, h) for i in range(layers))
        self.out = nn.Conv2d(h, d, 1, bias=False)

    def forward(self, video):
        b, t, c, hh, ww = video.shape
        x = F.pixel_unshuffle(video.flatten(0, 1), self.patch)
        x = x.view(b, t, *x.shape[1:])
        zero = x.new_zeros(b, self.h, x.size(3), x.size(4))
        hs, cs, m = [zero] * len(self.cells), [zero] * len(self.cells), zero
        frames, gen = [], None
        for s in range(t - 1):
            z = x[:, s] if s < self.seen else gen
            for i, cell in enumerate(self.cells):
                hs[i], cs[i], m = cell(z, hs[i], cs[i], m)
                z = hs[i]
            gen = self.out(z)
            frames.append(gen)
        frames = torch.stack(frames, 1)
        return F.pixel_shuffle(frames.flatten(0, 1), self.patch).view(b, t - 1, c, hh, ww)


def make():
    torch.manual_seed(0)
    m = PredRNN()
    torch.manual_seed(1)
    return m, (torch.rand(3, 7, 1, 8, 6),), None


fixed = make


def run(model, inputs, targets):
    x, = inputs
    return F.mse_loss(model(x), x[:, 1:])

"""SampleRNN: frame tiers with learned up-sampling and a sample-level MLP."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y101', source='own', loud=False, cause='none',
    title='SampleRNN: frame tiers with learned up-sampling and a sample-level MLP',
    explanation=(
        'Frames are view(b, n, size); ConvTranspose1d with kernel = stride opens each frame to its own '
        'samples; the tiers add up frame by frame.'), fix='',
    layout='batch seq',
)


class Tier(nn.Module):
    def __init__(self, size, up, h):
        super().__init__()
        self.size = size
        self.inp, self.rnn = nn.Conv1d(size, h, 1), nn.GRU(h, h, batch_first=True)
        self.up = nn.ConvTranspose1d(h, h, up, stride=up, bias=False)
        self.h0 = nn.Parameter(torch.zeros(1, h))

    def forward(self, x, cond):
        b = x.size(0)
        f = x.contiguous().view(b, -1, self.size)
        z = self.inp(f.permute(0, 2, 1)).permute(0, 2, 1)
        if cond is not None:
            z = z + cond
        h0 = self.h0.unsqueeze(1).expand(1, b, z.size(2)).contiguous()
        o, _ = self.rnn(z, h0)
        return self.up(o.permute(0, 2, 1)).permute(0, 2, 1)


class SampleRNN(nn.Module):
    def __init__(self, levels=16, h=6, top=8, low=2):
        super().__init__()
        self.levels, self.top, self.low = levels, top, low
        self.t2, self.t1 = Tier(top, top // low, h), Tier(low, low, h)
        self.emb = nn.Embedding(levels, 5)
        self.conv = nn.Conv1d(5, h, low, bias=False)
        self.mlp = nn.Sequential(nn.ReLU(), nn.Conv1d(h, h, 1), nn.ReLU(), nn.Conv1d(h, levels, 1))

    def forward(self, x):
        # x: (b, top + n); predicts the last n samples, each from those before it
        n = x.size(1) - self.top
        f = x.float() / (self.levels / 2.) - 1.
        cond = self.t2(f[:, :n], None)
        cond = self.t1(f[:, self.top - self.low:self.top - self.low + n], cond)
        last = self.emb(x[:, self.top - self.low:-1]).transpose(1, 2)
        return self.mlp(self.conv(last) + cond.transpose(1, 2))


def make():
    torch.manual_seed(0)
    m = SampleRNN()
    torch.manual_seed(1)
    return m, (torch.randint(0, 16, (3, 32)),), None


fixed = make


def run(model, inputs, targets):
    x, = inputs
    logits = model(x)
    return F.cross_entropy(logits, x[:, -logits.size(2):])

"""PatchTST-like with a GRU over patches: unfold, channel independence, batch-first attention."""
import torch
from torch import nn

META = dict(
    id='y017', source='own program (PatchTST)', title='patching by unfold with channels folded into the batch',
    explanation='(B, T, C) -> (B, C, N, P) -> (B*C, N, P); P is the feature axis of the patch embedding.',
    layout='batch seq features',
)


class PatchForecaster(nn.Module):
    def __init__(self, p=6, s=3, d=8, horizon=5):
        super().__init__()
        self.p, self.s = p, s
        self.embed = nn.Linear(p, d)
        self.att = nn.MultiheadAttention(d, 2, batch_first=True)
        self.gru = nn.GRU(d, d, batch_first=True)
        self.head = nn.Linear(d, horizon)

    def forward(self, x):
        b, t, c = x.shape
        patches = x.transpose(1, 2).unfold(-1, self.p, self.s)          # (B, C, N, P)
        z = self.embed(patches).flatten(0, 1)                           # (B*C, N, d)
        z = z + self.att(z, z, z)[0]
        y = self.head(self.gru(z)[1].squeeze(0))
        return y.unflatten(0, (b, c)).transpose(1, 2)


def make():
    torch.manual_seed(0)
    m = PatchForecaster()
    torch.manual_seed(1)
    return m, (torch.randn(4, 24, 3),), torch.randn(4, 5, 3)


fixed = make


def run(model, inputs, targets):
    y = model(*inputs)
    return y, nn.functional.mse_loss(y, targets)

"""BiGRU bridge: permute to batch first, then a view as (layers, batch, 2 * hidden)."""
import torch
from torch import nn

META = dict(
    id='c168', source='chrisvdweth/ml-toolkit#1 and similar bridges of bidirectional encoders',
    title='Possible dimensional mismatch?',
    loud=False, cause='hn_view_scramble',
    explanation='After permute(1, 0, 2) the axes are (batch, layers * 2, hidden); viewing that as (layers, batch, '
                '2 * hidden) reads states of other samples into the row of a sample.',
    fix='h.view(L, 2, B, H).transpose(1, 2).reshape(L, B, 2 * H)',
    layout=[ "batch seq features", "batch seq features"],
)
H, L = 4, 2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, H, L, batch_first=True, bidirectional=True)
        self.decoder = nn.GRU(2, 2 * H, L, batch_first=True)

    def bridge(self, h, n):
        return h.permute(1, 0, 2).contiguous().view(L, n, 2 * H)  # BUG

    def forward(self, src, tgt):
        _, h = self.encoder(src)
        out, _ = self.decoder(tgt, self.bridge(h, src.size(0)))  # BUG
        return out


class NetFixed(Net):
    def bridge(self, h, n):
        return h.view(L, 2, n, H).transpose(1, 2).reshape(L, n, 2 * H)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(5, 6, 3), torch.randn(5, 4, 2)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

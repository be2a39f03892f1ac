"""Two-stream network: cat(dim=0) of the streams' states instead of dim=1, the head runs on twice the batch."""
import torch
from torch import nn

META = dict(
    id='c233', source='forum questions on concatenating two LSTM branches',
    title='Concatenating branches along the batch',
    loud=False, cause='hn_view_wrong_size',
    explanation='cat along axis 0 stacks the samples of the branches on each other: (2 * batch, H) rows, and the '
                'loss uses the first half.',
    fix='torch.cat([a, b], dim=1)',
    layout=[ "batch seq features", "batch seq features"],
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.LSTM(3, H, batch_first=True), nn.LSTM(4, H, batch_first=True)
        self.fc = nn.Linear(2 * H, 2)

    def join(self, a, b):
        return torch.cat([a, b]).view(-1, 2 * H)  # BUG

    def forward(self, x, y):
        _, (a, _) = self.a(x)
        _, (b, _) = self.b(y)
        return self.fc(self.join(a[-1], b[-1]))  # BUG


class NetFixed(Net):
    def join(self, a, b):
        return torch.cat([a, b], dim=1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 5, 3), torch.randn(4, 6, 4)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

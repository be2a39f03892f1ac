"""h_n.expand / repeat: the state (batch, H) tiled over time along the wrong axis for the decoder."""
import torch
from torch import nn

META = dict(
    id='c054',
    source='own; LSTM auto-encoders that repeat the code for every step',
    title='h_n.repeat(1, seq, 1) then reshape to (batch, seq, H)',
    loud=False,
    cause='hn_axis_broadcast',
    explanation='h_n is (1, batch, H). Repeating axis 1 gives sample 0..B-1, 0..B-1, ...; reshaped to (batch, seq, '
                'H) the code of a sample is that of many.',
    fix='h_n[-1].unsqueeze(1).expand(-1, seq, -1)',
    layout='batch seq features',
)
D, H = 2, 5


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(D, H, batch_first=True)
        self.decoder = nn.GRU(H, H, batch_first=True)
        self.out = nn.Linear(H, D)

    def tile(self, h_n, n, steps):
        return h_n.repeat(1, steps, 1).reshape(n, steps, H)  # BUG

    def forward(self, x):
        _, h_n = self.encoder(x)
        y, _ = self.decoder(self.tile(h_n, x.size(0), x.size(1)))  # BUG
        return self.out(y)


class AutoEncoderFixed(AutoEncoder):
    def tile(self, h_n, n, steps):
        return h_n[-1].unsqueeze(1).expand(-1, steps, -1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 7, D),)


def make():
    torch.manual_seed(0)
    return AutoEncoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return AutoEncoderFixed(), _data(), None


def run(model, inputs, targets):
    return ((model(*inputs) - inputs[0]) ** 2).mean(dim=(1, 2))

"""Channel-independent encoder: channels folded into the batch, seq-first LSTM, both directions joined."""
import torch
from torch import nn

META = dict(
    id='t042',
    source='own; channel-independent models',
    title='(B, C, T) -> (T, B * C, 1), h_n.transpose(0, 1).reshape(B * C, -1), back to (B, C, D)',
    explanation='reshape(B * C, T) keeps each channel of each sample as a row; the rest are transposes.',
    layout='batch channels seq',
)
H = 4


class ChannelWise(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, H, bidirectional=True)
        self.lin = nn.Linear(2 * H, 5)
        self.mix = nn.Linear(3, 2)

    def forward(self, x):
        b, c, t = x.shape
        rows = x.reshape(b * c, t).unsqueeze(-1).transpose(0, 1)
        _, (h_n, _) = self.lstm(rows)
        codes = self.lin(h_n.transpose(0, 1).reshape(b * c, -1)).reshape(b, c, -1)
        return self.mix(codes.transpose(1, 2)).flatten(1)


def fixed():
    torch.manual_seed(0)
    model = ChannelWise()
    torch.manual_seed(1)
    return model, (torch.randn(4, 3, 9),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

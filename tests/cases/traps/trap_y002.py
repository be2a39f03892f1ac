"""Channel-independent forecaster: each channel of each window is a row of the LSTM's batch."""
import torch
from torch import nn

META = dict(
    id='y002',
    source='own program (channel independence as in PatchTST / DLinear)', title='channels folded into the batch',
    explanation='(batch, steps, channels) -> (batch*channels, steps, 1) and back, with the axes moved.',
    layout='batch seq features',
)


class ChannelIndependent(nn.Module):
    def __init__(self, hid=9, horizon=4):
        super().__init__()
        self.lstm = nn.LSTM(1, hid, batch_first=True)
        self.head = nn.Linear(hid, horizon)

    def forward(self, x):
        b, t, c = x.shape
        rows = x.permute(0, 2, 1).reshape(b * c, t, 1)
        last = rows[:, -1]
        _, (h, _) = self.lstm(rows - last[:, None])
        y = self.head(h[0]) + last
        return y.reshape(b, c, -1).permute(0, 2, 1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, 13, 3),), torch.randn(5, 4, 3)


def make():
    torch.manual_seed(0)
    return (ChannelIndependent(),) + _data()


fixed = make


def run(model, inputs, targets):
    y = model(*inputs)
    return y, nn.functional.mse_loss(y, targets)

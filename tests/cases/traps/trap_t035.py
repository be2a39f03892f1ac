"""All sizes equal: batch, time, features, hidden and layers are 4."""
import torch
from torch import nn

META = dict(
    id='t035',
    source='own',
    title='Every axis has the size 4, and everything is right',
    explanation='No shape tells the axes apart; only the order of operations does.',
    layout='batch seq features',
)


class Fours(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 4, num_layers=4, batch_first=True)
        self.attn = nn.MultiheadAttention(4, 4, batch_first=True)
        self.conv = nn.Conv1d(4, 4, 3, padding=1)
        self.bn = nn.BatchNorm1d(4)
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        x = self.bn(self.conv(x.transpose(1, 2))).transpose(1, 2)
        h0 = x.new_zeros(4, 4, 4)
        out, (h, c) = self.lstm(x, (h0, h0))
        out, _ = self.attn(out, out, out)
        return self.fc(h.transpose(0, 1).reshape(4, 16)) + out.mean(dim=1)


def fixed():
    torch.manual_seed(0)
    model = Fours()
    torch.manual_seed(1)
    return model, (torch.randn(4, 4, 4),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

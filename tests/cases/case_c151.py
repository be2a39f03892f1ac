"""Audio-visual separation: mask network output (B, 8, T, F) viewed as (B, -1, T, 1) before the BLSTM."""
import torch
from torch import nn

META = dict(
    id='c151', source='vitrioil/Speech-Separation#4',
    title='Reshaping issue',
    loud=False, cause='view_not_permute',
    explanation='The channels and frequencies of one frame should stand together. view keeps memory order, so the '
                'time axis afterwards holds pieces of channels and frequencies, and no frames.',
    fix='x.permute(0, 2, 1, 3).reshape(B, T, -1)',
    layout='batch channels seq features',
)
CH, FREQ, H = 3, 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, CH, 3, padding=1)
        self.blstm = nn.LSTM(CH * FREQ, H, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * H, 2 * FREQ)

    def frames(self, x):
        return x.view(x.size(0), -1, x.size(2), 1).squeeze(3).transpose(1, 2)  # BUG

    def forward(self, spec):
        x = torch.relu(self.conv(spec))
        out, _ = self.blstm(self.frames(x))  # BUG
        return torch.sigmoid(self.fc(out))


class NetFixed(Net):
    def frames(self, x):
        return x.permute(0, 2, 1, 3).reshape(x.size(0), x.size(2), -1)


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(3, 2, 7, FREQ),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

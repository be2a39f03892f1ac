"""Instance normalisation on (batch, seq, features): every step is normalised over its features."""
import torch
from torch import nn

META = dict(
    id='c221', source='forum question on nn.InstanceNorm1d before an LSTM',
    title='InstanceNorm1d before a batch-first LSTM',
    loud=False, cause='bn_axis',
    explanation='InstanceNorm1d reads (batch, channels, length): with (batch, seq, features) the steps are the '
                'channels.',
    fix='self.norm(x.transpose(1, 2)).transpose(1, 2) with num_features=features',
    layout='batch seq features',
)
T, D = 7, 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.InstanceNorm1d(T, affine=True)  # BUG
        self.lstm = nn.LSTM(D, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        out, _ = self.lstm(self.norm(x))  # BUG
        return self.fc(out[:, -1])


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.norm = nn.InstanceNorm1d(D, affine=True)

    def forward(self, x):
        out, _ = self.lstm(self.norm(x.transpose(1, 2)).transpose(1, 2))
        return self.fc(out[:, -1])


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, T, D) * torch.arange(1.0, D + 1),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

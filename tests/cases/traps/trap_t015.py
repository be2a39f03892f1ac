"""InstanceNorm1d over time and reversible instance normalisation by hand."""
import torch
from torch import nn

META = dict(
    id='t015',
    source='own; forecasting with reversible instance normalisation',
    title='Statistics over time, per sample and variable',
    explanation='InstanceNorm1d on (batch, features, seq) normalises along time; the mean and scale put back are '
                'those of the sample itself.',
    layout='batch seq features',
)


class RevIn(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.InstanceNorm1d(6, affine=True)
        self.inp = nn.Linear(3, 6)
        self.lstm = nn.LSTM(6, 7, batch_first=True)
        self.fc = nn.Linear(7, 3 * 4)

    def forward(self, x):
        mean, std = x.mean(1, keepdim=True), x.std(1, keepdim=True).clamp_min(1e-4)
        z = self.inp((x - mean) / std)
        z = self.inner(z.transpose(1, 2)).transpose(1, 2)
        _, (h, _) = self.lstm(z)
        return self.fc(h[-1]).unflatten(-1, (4, 3)) * std + mean


def fixed():
    torch.manual_seed(0)
    model = RevIn()
    torch.manual_seed(1)
    return model, (torch.randn(4, 10, 3).cumsum(1),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

"""Forecast of one horizon axis too many: predictions (batch, 1, horizon) against targets (batch, horizon)."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c185', source='discuss.pytorch.org thread 202270 and similar (target size differs from input size)',
    title='Using a target size that is different to the input size',
    loud=False, cause='loss_broadcast',
    explanation='(batch, 1, horizon) and (batch, horizon) broadcast to (batch, batch, horizon): every forecast is '
                'compared with the targets of all samples.',
    fix='return self.fc(out[:, -1])',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 6, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1:, :])  # BUG


class NetFixed(Net):
    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1, :])


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(5, 8, 2),), torch.randn(5, 3)


def run(model, inputs, targets):
    return F.l1_loss(model(*inputs), targets)  # BUG


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

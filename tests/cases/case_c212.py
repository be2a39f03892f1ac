"""Last prediction of a bidirectional forecaster: the head is applied to all steps, then [:, -1] is taken."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c212', source='forum question on bidirectional forecasting with fc(out)[:, -1]',
    title='Bidirectional LSTM regression, last time step of the output',
    loud=False, cause='bidir_last_step',
    explanation='Whether before or after the Linear, position -1 has a backward half that saw one step only.',
    fix='self.fc(torch.cat((out[:, -1, :H], out[:, 0, H:]), -1))',
    layout='batch seq features',
)
H = 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, H, batch_first=True, bidirectional=True)
        self.fc = nn.Sequential(nn.Linear(2 * H, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out)[:, -1]  # BUG


class NetFixed(Net):
    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(torch.cat((out[:, -1, :H], out[:, 0, H:]), -1))


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 7, 3),), torch.randn(4, 1)


def run(model, inputs, targets):
    return F.mse_loss(model(*inputs), targets)


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

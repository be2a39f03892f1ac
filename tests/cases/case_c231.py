"""Accuracy-like loss written by hand: mean absolute error of (batch, 1) and (batch,), kept per sample by mean(1)."""
import torch
from torch import nn

META = dict(
    id='c231', source='forum questions on a custom MAPE loss',
    title='Custom MAPE loss is constant',
    loud=False, cause='loss_broadcast',
    explanation='(batch, 1) - (batch,) is (batch, batch): each prediction is compared with all targets.',
    fix='pred.squeeze(1)',
    layout=[ "batch seq features", "batch"],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        return self.fc(self.gru(x)[0][:, -1])  # BUG


class NetFixed(Net):
    def forward(self, x):
        return self.fc(self.gru(x)[0][:, -1]).squeeze(1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(5, 6, 2), torch.rand(5) + 1), None


def run(model, inputs, targets):
    x, y = inputs
    pred = model(x)
    return ((pred - y).abs() / y.abs()).mean()  # BUG


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

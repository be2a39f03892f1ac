"""All steps against one target in MSELoss: sizes coincide, so (batch, seq, 1) meets (batch, 1)."""
import torch
from torch import nn

META = dict(
    id='c119',
    source='sktime/pytorch-forecasting#1582 (shape of the prediction of a tutorial model); own re-creation',
    title='fc(out) with batch == seq, target (batch, 1)',
    loud=False,
    cause='no_last_step',
    explanation='(6, 6, 1) against (6, 1): the target of sample i is compared with step i of every sample.',
    fix='fc(out[:, -1])',
    layout='batch seq features',
)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 8, batch_first=True)
        self.fc = nn.Linear(8, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out)  # BUG


class NetFixed(Net):
    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


def _data():
    torch.manual_seed(1)
    return (torch.randn(6, 6, 2),), torch.randn(6, 1)


def make():
    torch.manual_seed(0)
    return (Net(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (NetFixed(),) + _data()


def run(model, inputs, targets):
    pred = model(*inputs)
    return nn.functional.mse_loss(pred, targets.to(pred.dtype))  # BUG

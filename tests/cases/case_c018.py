"""Hand-written squared error of (batch, 1) and (batch,): a (batch, batch) matrix, without even a warning."""
import torch
from torch import nn

META = dict(
    id='c018',
    source='FernandoLpz/Text-Classification-LSTMs-PyTorch#9 (sizes [64] and [64, 1])',
    title='Target (64,) against prediction (64, 1), loss written by hand',
    loud=False,
    cause='loss_broadcast',
    explanation='(batch, 1) - (batch,) broadcasts to (batch, batch): each prediction is pulled to the mean of all '
                'targets.',
    fix='(pred.squeeze(-1) - y)',
    layout='batch seq features',
)


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 7, num_layers=2, batch_first=True)
        self.linear = nn.Linear(7, 1)

    def forward(self, window):
        out, _ = self.lstm(window)
        return self.linear(out[:, -1, :])


def rmse(pred, y):
    return torch.sqrt(((pred - y) ** 2).mean())  # BUG


class Training(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.net, self.shape = Forecaster(), shape

    def forward(self, window, y):
        pred = self.net(window)
        return rmse(pred.view(self.shape), y)  # BUG


def _data():
    torch.manual_seed(1)
    return torch.randn(6, 10, 2), torch.randn(6)


def make():
    torch.manual_seed(0)
    return Training((-1, 1)), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return Training((-1,)), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

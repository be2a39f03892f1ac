import torch
from torch import nn

META = dict(
    id='c266',
    source='recurring forum question: lag windows (N, lags) given straight to nn.LSTM (since 1.11 no error)',
    title='nn.Sequential forecaster: (batch, lags) is read as one unbatched sequence',
    loud=False, cause='unbatched_2d',
    explanation='A 2-D input is an unbatched (seq, features) sequence. The windows of the batch become the time '
                'steps, the '
                'lags become the features.',
    fix='add a feature axis and use batch_first=True: (batch, lags, 1)',
    layout='batch seq',
)
LAGS, HID = 18, 9


class Take(nn.Module):
    """pick one entry of a tuple"""

    def __init__(self, k):
        super().__init__()
        self.k = k

    def forward(self, pair):
        return pair[self.k]


class AddChannel(nn.Module):
    def forward(self, x):
        return x[..., None]


class LastStep(nn.Module):
    def forward(self, x):
        return x[:, -1]


def build_wrong():
    return nn.Sequential(
        nn.LSTM(LAGS, HID),  # BUG
        Take(0),
        nn.ReLU(),
        nn.Linear(HID, 1),
    )


def build_right():
    return nn.Sequential(
        AddChannel(),
        nn.LSTM(1, HID, batch_first=True),
        Take(0),
        LastStep(),
        nn.ReLU(),
        nn.Linear(HID, 1),
    )


def _data():
    torch.manual_seed(5)
    series = torch.cumsum(torch.randn(60), 0)
    rows = series.unfold(0, LAGS + 1, 4)                 # (windows, LAGS + 1)
    return (rows[:, :-1].contiguous(),), rows[:, -1:].contiguous()


def make():
    torch.manual_seed(0)
    return (build_wrong(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (build_right(),) + _data()


def run(model, inputs, targets):
    prediction = model(inputs[0])  # BUG
    return prediction, nn.functional.l1_loss(prediction, targets)

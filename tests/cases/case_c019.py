"""Every step's prediction (batch, seq, 1) against one target (batch, 1, 1) in L1Loss."""
import torch
from torch import nn

META = dict(
    id='c019',
    source='own, after andrewgcodes/xlstm#4 (prediction [10, 1] against target [1, 1])',
    title='The head is applied to all steps, the target is the next value only',
    loud=False,
    cause='no_last_step',
    explanation='The whole output (batch, seq, 1) is scored against (batch, 1, 1): L1Loss broadcasts, so every step'
                ' is trained to predict the value after the window.',
    fix='self.fc(out[:, -1:])',
    layout='batch seq features',
)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(1, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out)  # BUG


class NetFixed(Net):
    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1:])


def _data():
    t = torch.arange(40.) * 0.3
    windows = torch.sin(t).unfold(0, 9, 4)                          # (8, 9)
    return (windows[:, :-1, None].contiguous(),), windows[:, -1:, None].contiguous()


def make():
    torch.manual_seed(0)
    return (Net(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (NetFixed(),) + _data()


def run(model, inputs, targets):
    return nn.L1Loss()(model(*inputs), targets.to(model.fc.weight.dtype))  # BUG

"""GRU over CNN features of single images: the feature map's rows are lost, channels become steps."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c228', source='GitHub CRNN clones (x.view(b, c, -1) into the RNN)',
    title='CRNN: channels as time steps',
    loud=False, cause='view_not_permute',
    explanation='Columns of the map should be the steps. view(b, c, h * w) keeps channels outside, so the RNN '
                'runs over channels.',
    fix='x.permute(0, 3, 1, 2).flatten(2)',
    layout='batch channels height seq',
)
C, FH, T = 4, 3, 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Conv2d(1, C, 3, padding=1)
        self.rnn = nn.GRU(C * FH, 6, batch_first=True)
        self.fc = nn.Linear(6, 5)

    def steps(self, x):
        return x.reshape(x.size(0), x.size(3), -1)  # BUG

    def forward(self, line):
        x = self.steps(F.relu(self.cnn(line)))
        out, _ = self.rnn(x)  # BUG
        return self.fc(out)


class NetFixed(Net):
    def steps(self, x):
        return x.permute(0, 3, 1, 2).flatten(2)


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(3, 1, FH, T),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

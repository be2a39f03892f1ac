"""Atari DQN: convolution maps flattened to (batch, positions, channels) for an LSTM left seq-first."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c146', source='AndersonJo/dqn-pytorch#1',
    title='Missing batch_first attribute for LSTM model',
    loud=False, cause='batch_seq_swapped',
    explanation='The screens of the batch become (batch, 64, 16) and nn.LSTM without batch_first takes the batch '
                'for time: the screens of a replay batch are read one after the other.',
    fix='nn.LSTM(positions, memory, 1, batch_first=True)',
    layout='batch channels height width',
)
MEM, ACTIONS = 10, 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv2 = nn.Conv2d(8, 6, 3, stride=2)
        self.lstm = nn.LSTM(9, MEM, 1)  # BUG
        self.head = nn.Linear(6 * MEM, ACTIONS)

    def forward(self, screens):
        x = F.relu(self.conv1(screens))
        x = F.relu(self.conv2(x))
        x = x.view(x.size(0), x.size(1), -1)
        out, _ = self.lstm(x)  # BUG
        return self.head(out.reshape(out.size(0), -1))


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(9, MEM, 1, batch_first=True)


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(5, 4, 16, 16),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Sequence length equals the number of classes: cross entropy takes time for the classes, silently."""
import torch
from torch import nn

META = dict(
    id='c085',
    source='own; sizes coincide (5 steps, 5 classes)',
    title='CrossEntropyLoss on (batch, seq, classes) with seq == classes',
    loud=False,
    cause='loss_class_axis',
    explanation='Axis 1 of the logits is time, but CrossEntropyLoss normalises over axis 1: the steps compete, not '
                'the classes.',
    fix='criterion(logits.transpose(1, 2), labels)',
    layout='batch seq features',
)
STEPS = CLASSES = 5


class Sleep(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(6, 8, 1)
        self.rnn = nn.GRU(8, 7, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(14, CLASSES)

    def forward(self, x):
        x = torch.relu(self.conv(x.transpose(1, 2))).transpose(1, 2)
        return self.fc(self.rnn(x)[0])  # BUG


class SleepFixed(Sleep):
    def forward(self, x):
        return super().forward(x).transpose(1, 2)


def _data():
    torch.manual_seed(1)
    return (torch.randn(3, STEPS, 6),), torch.randint(0, CLASSES, (3, STEPS))


def make():
    torch.manual_seed(0)
    return (Sleep(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (SleepFixed(),) + _data()


def run(model, inputs, targets):
    criterion = nn.CrossEntropyLoss()
    return criterion(model(*inputs), targets)  # BUG

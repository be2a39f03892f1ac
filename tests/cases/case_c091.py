"""Mini-batches cut from seq-first data along axis 0: pieces of time instead of samples."""
import torch
from torch import nn

META = dict(
    id='c091',
    source='instadeepai/Mava#846 (shuffled over batch and sequence dimension); own re-creation',
    title='x[perm] on (seq, batch, features)',
    loud=False,
    cause='minibatch_index_axis',
    explanation='Axis 0 is time. The permutation of sample numbers shuffles the steps, and the slice takes the '
                'first steps of all samples.',
    fix='x[:, perm]',
    layout='seq batch features',
)
D, H = 3, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H)
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        return self.fc(self.gru(x)[1][-1])


class Epoch(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Net()

    def pick(self, x, rows):
        return x[rows]  # BUG

    def forward(self, x):
        order = torch.tensor([4, 1, 3, 0, 2, 5])
        return [self.net(self.pick(x, rows)) for rows in order.split(3)]  # BUG


class EpochFixed(Epoch):
    def pick(self, x, rows):
        return x[:, rows]


def _data():
    torch.manual_seed(1)
    return (torch.randn(7, 6, D),)


def make():
    torch.manual_seed(0)
    return Epoch(), _data(), None


def fixed():
    torch.manual_seed(0)
    return EpochFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""All series in one (steps, series, features) tensor; the training loop draws mini-batches with x[idx]."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c294', source='recurring mistake: randperm mini-batches on axis 0 of a seq-first data set',
    title='x[idx], y[idx] picks time steps, not series',
    loud=False, cause='minibatch_index_axis',
    explanation='The data is seq-first, so axis 0 is time. Indexing it with the shuffled indices hands the LSTM a few '
                'steps of all '
                'series in random order; x and y are cut alike, so nothing complains.',
    fix='x[:, idx], y[:, idx]',
    layout=['seq batch features', 'seq batch features', None],
)


class Tracker(nn.Module):
    def __init__(self, d=3, hid=9):
        super().__init__()
        self.lstm = nn.LSTM(d, hid)
        self.head = nn.Linear(hid, 1)

    def forward(self, x):
        return self.head(torch.relu(self.lstm(x)[0]))


class Trainer(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Tracker()

    def minibatch(self, x, y, idx):
        return x[idx], y[idx]  # BUG

    def forward(self, x, y, idx):
        xb, yb = self.minibatch(x, y, idx)
        pred = self.net(xb)  # BUG
        return pred, F.mse_loss(pred, yb)


class TrainerRight(Trainer):
    def minibatch(self, x, y, idx):
        return x[:, idx], y[:, idx]


def _data():
    torch.manual_seed(103)
    x = torch.randn(14, 10, 3)
    y = x.cumsum(0).mean(-1, keepdim=True)
    return x, y, torch.tensor([7, 2, 9, 0])


def make():
    torch.manual_seed(0)
    return Trainer(), _data(), None


def fixed():
    torch.manual_seed(0)
    return TrainerRight(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

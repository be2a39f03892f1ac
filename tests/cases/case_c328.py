"""Music next-step prediction: mini-batches are indexed on the time axis of time-major piano rolls."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='c328', source='generic: training loops that index time-major arrays (piano rolls, rollouts) by sample number',
    title='x[idx] with shuffled sample numbers on a (time, pieces, keys) tensor',
    loud=False, cause='minibatch_index_axis',
    explanation='idx numbers the pieces, but axis 0 of the rolls is time. Each "mini-batch" is a few time steps of '
                'all '
                'pieces in shuffled '
                'order; the later steps are never used. Inputs and targets are cut alike, so the loss works.',
    fix='xb, yb = x[:, idx], y[:, idx]',
    layout='seq batch features',
)


class RollRNN(nn.Module):
    def __init__(self, keys=8, hidden=10):
        super().__init__()
        self.rnn = nn.RNN(keys, hidden, nonlinearity='relu')
        self.out = nn.Linear(hidden, keys)

    def forward(self, rolls):
        return self.out(self.rnn(rolls)[0])

    def epoch(self, rolls, order):
        x, y = rolls[:-1], rolls[1:]
        losses = []
        for idx in order.split(2):
            xb, yb = x[idx], y[idx]  # BUG
            losses.append(F.binary_cross_entropy_with_logits(self(xb), yb))
        return torch.stack(losses).mean()


class RollRNNFixed(RollRNN):
    def epoch(self, rolls, order):
        x, y = rolls[:-1], rolls[1:]
        losses = []
        for idx in order.split(2):
            xb, yb = x[:, idx], y[:, idx]
            losses.append(F.binary_cross_entropy_with_logits(self(xb), yb))
        return torch.stack(losses).mean()


def _rolls():
    torch.manual_seed(1)
    return (torch.rand(12, 6, 8).round(),)


def make():
    torch.manual_seed(0)
    return RollRNN(), _rolls(), torch.tensor([4, 1, 5, 0, 3, 2])


def fixed():
    torch.manual_seed(0)
    return RollRNNFixed(), _rolls(), torch.tensor([4, 1, 5, 0, 3, 2])


def run(model, inputs, targets):
    return model.epoch(*inputs, targets)

"""Forecaster: out.view(-1, 1)[-batch:] of a batch-first network as "the last predictions"."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c173',
    source='stackoverflow.com question on a many-to-one LSTM whose predictions were all of the last sequence',
    title='Take the last prediction of each sequence in a flattened output',
    loud=False, cause='last_step_wrong_axis',
    explanation='Flattened, a batch-first output has the steps of one sample in a row; the last `batch` rows are '
                'the last steps of the last sample only.',
    fix='out.view(batch, seq)[:, -1:]',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(2, 7, batch_first=True)
        self.linear = nn.Linear(7, 1)

    def last(self, y, n):
        return y[-n:]  # BUG

    def forward(self, x):
        out, _ = self.rnn(x)
        y = self.linear(out.reshape(-1, 7))
        return self.last(y, x.size(0))  # BUG


class NetFixed(Net):
    def last(self, y, n):
        return y.view(n, -1)[:, -1:]


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 9, 2),), torch.randn(4, 1)


def run(model, inputs, targets):
    return F.mse_loss(model(*inputs), targets)


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

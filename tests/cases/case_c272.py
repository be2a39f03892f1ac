"""Turbine model, seq-first: it keeps its LSTM state, yet the loader serves shuffled, unrelated windows."""
import torch
from torch import nn

META = dict(
    id='c272',
    source='tejaslodaya/timeseries-clustering-vae#5 (the doubt raised: shuffled data and a state that is not reset)',
    title='State of one shuffled mini-batch is the start of the next',
    loud=False, cause='state_carried',
    explanation='The windows come from a shuffled loader: row i of one batch has nothing to do with row i of the '
                'next. The '
                'kept state makes a window\'s prediction depend on another window.',
    fix='start every batch from zeros: self.lstm(x)',
    layout=['seq batch features', 'seq batch features'],
)


class Turbine(nn.Module):
    def __init__(self, sensors=4, hid=6):
        super().__init__()
        self.lift = nn.Linear(sensors, hid)
        self.lstm = nn.LSTM(hid, hid, num_layers=2)
        self.ln = nn.LayerNorm(hid)
        self.rul = nn.Linear(hid, 1)
        self.hc = None

    def recur(self, x):
        y, hc = self.lstm(x, self.hc)  # BUG
        self.hc = tuple(s.detach() for s in hc)  # BUG
        return y

    def forward(self, x):
        x = self.lift(x)
        return self.rul(self.ln(x + self.recur(x))[-1])


class TurbineRight(Turbine):
    def recur(self, x):
        return self.lstm(x)[0]


def _batches():
    """two mini-batches of a DataLoader(shuffle=True)"""
    torch.manual_seed(13)
    return torch.randn(11, 5, 4), torch.randn(11, 5, 4)


def make():
    torch.manual_seed(0)
    return Turbine(), _batches(), None


def fixed():
    torch.manual_seed(0)
    return TurbineRight(), _batches(), None


def run(model, inputs, targets):
    model.hc = None
    return tuple(model(batch) for batch in inputs)

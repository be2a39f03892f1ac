"""Univariate series (seq, batch) with a state: 2-D input, 3-D state."""
import torch
from torch import nn

META = dict(
    id='c117',
    source='own; "For unbatched 2-D input, hx should also be 2-D but got 3-D tensor"',
    title='GRU(1, H) given (seq, batch) values and h_0 (1, batch, H)',
    loud=True,
    cause='missing_feature_axis',
    explanation='The feature axis of size 1 is missing, so the 2-D input is taken for an unbatched sequence.',
    fix='series.unsqueeze(-1)',
    layout='seq batch',
)
H = 6


class Univariate(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, H)
        self.out = nn.Linear(H, 1)

    def column(self, series):
        return series  # BUG

    def forward(self, series):
        h0 = series.new_zeros(1, series.size(1), H)
        out, _ = self.gru(self.column(series), h0)  # BUG
        return self.out(out[-1]).squeeze(-1)


class UnivariateFixed(Univariate):
    def column(self, series):
        return series.unsqueeze(-1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(9, 4),)


def make():
    torch.manual_seed(0)
    return Univariate(), _data(), None


def fixed():
    torch.manual_seed(0)
    return UnivariateFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

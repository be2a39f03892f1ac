"""x (batch, window) into LSTM(1, H): the feature axis is missing."""
import torch
from torch import nn

META = dict(
    id='c055',
    source='own; univariate forecasting with "input.size(-1) must be equal to input_size. Expected 1, got 12"',
    title='Univariate windows without unsqueeze(-1)',
    loud=True,
    cause='missing_feature_axis',
    explanation='A 2-D tensor is taken for one unbatched sequence (seq, features); its last axis is the window, not'
                ' the one feature.',
    fix='self.lstm(x.unsqueeze(-1))',
    layout='batch seq',
)


class Univariate(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(input_size=1, hidden_size=8, num_layers=2, batch_first=True)
        self.linear = nn.Linear(8, 1)

    def features(self, x):
        return x  # BUG

    def forward(self, x):
        out, _ = self.lstm(self.features(x))  # BUG
        return self.linear(out[:, -1])


class UnivariateFixed(Univariate):
    def features(self, x):
        return x.unsqueeze(-1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(6, 12),)


def make():
    torch.manual_seed(0)
    return Univariate(), _data(), None


def fixed():
    torch.manual_seed(0)
    return UnivariateFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Keras look-back tutorial ported to torch: X reshaped to (samples, 1, look_back)."""
import torch
from torch import nn

META = dict(
    id='c020',
    source='own; ports of the "reshape to [samples, 1, look_back]" airline-passenger tutorial',
    title='The look-back window is put on the feature axis of one time step',
    loud=False,
    cause='seq_as_features',
    explanation='The LSTM sees one step with look_back features: it never recurs, all gates start from zero; it is '
                'a feed-forward layer. The window belongs on the time axis with one feature.',
    fix='X.reshape(samples, look_back, 1) with nn.LSTM(1, 4, batch_first=True)',
    layout='batch seq',
    layout_given='batch 1 seq',
)
LOOK_BACK = 6


class Airline(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.lstm = nn.LSTM(features, 4, batch_first=True)  # BUG
        self.dense = nn.Linear(4, 1)

    def forward(self, x):
        if x.dim() == 2:
            x = x.unsqueeze(-1)
        out, _ = self.lstm(x)  # BUG
        return self.dense(out[:, -1])


def _windows():
    torch.manual_seed(1)
    series = torch.linspace(0, 3, 24).sin() + 0.1 * torch.randn(24)
    return torch.stack([series[i:i + LOOK_BACK] for i in range(0, 15, 3)])


def make():
    torch.manual_seed(0)
    x = _windows()
    return Airline(LOOK_BACK), (x.reshape(x.shape[0], 1, x.shape[1]),), None  # BUG


def fixed():
    torch.manual_seed(0)
    return Airline(1), (_windows(),), None


def run(model, inputs, targets):
    return model(*inputs)

"""Multi-horizon quantile decoder: the stacked steps (horizon, batch, q) are viewed as (batch, horizon, q)."""
import torch
from torch import nn

META = dict(
    id='c285', source='recurring mistake: torch.stack(outputs).view(batch, -1, ...) after a decoding loop',
    title='torch.stack(steps).view(batch, horizon, quantiles)',
    loud=False, cause='view_not_permute',
    explanation='torch.stack puts the steps first. view keeps the memory order, so row i of the result holds one '
                'step of '
                'several '
                'series instead of several steps of series i.',
    fix='torch.stack(steps, dim=1)',
    layout=['batch seq features', 'batch seq features'],
)
QUANTILES = (0.1, 0.5, 0.9)


def pinball(pred, y):
    q = pred.new_tensor(QUANTILES)
    e = y.unsqueeze(-1) - pred
    return torch.maximum(q * e, (q - 1) * e).mean()


class QuantileDecoder(nn.Module):
    def __init__(self, n_obs=4, n_known=2, hid=11):
        super().__init__()
        self.enc = nn.LSTM(n_obs, hid, batch_first=True)
        self.cell = nn.LSTMCell(n_known + len(QUANTILES), hid)
        self.head = nn.Linear(hid, len(QUANTILES))

    def collect(self, steps):
        return torch.stack(steps).view(steps[0].size(0), len(steps), -1)  # BUG

    def forward(self, past, known):
        _, (h, c) = self.enc(past)
        state = (h.squeeze(0), c.squeeze(0))
        q = past.new_zeros(past.size(0), len(QUANTILES))
        steps = []
        for k in torch.arange(known.size(1)).tolist():
            state = self.cell(torch.cat((known[:, k], q), dim=1), state)
            q = torch.sort(self.head(state[0]), dim=-1).values
            steps.append(q)
        return self.collect(steps)


class QuantileDecoderRight(QuantileDecoder):
    def collect(self, steps):
        return torch.stack(steps, dim=1)


def _data():
    torch.manual_seed(61)
    return (torch.randn(6, 15, 4), torch.randn(6, 4, 2)), torch.randn(6, 4)


def make():
    torch.manual_seed(0)
    return (QuantileDecoder(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (QuantileDecoderRight(),) + _data()


def run(model, inputs, targets):
    pred = model(*inputs)
    return pred, pinball(pred, targets)

"""Quantile loss: predictions (batch, horizon, q), targets (batch, horizon) unsqueezed on the wrong side."""
import torch
from torch import nn

META = dict(
    id='c090',
    source='own; pinball loss written by hand',
    title='y.unsqueeze(0) against (batch, horizon, quantiles)',
    loud=False,
    cause='loss_broadcast',
    explanation='(batch, 4, 4) against (1, batch, 4) with batch == horizon == 4: the errors pair predictions of one'
                ' sample with targets of all of them.',
    fix='y.unsqueeze(-1)',
    layout='batch seq features',
)
QUANTILES = (0.1, 0.4, 0.6, 0.9)
HORIZON = 4


class Quantile(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 8, batch_first=True)
        self.out = nn.Linear(8, HORIZON * len(QUANTILES))

    def forward(self, x):
        _, h = self.gru(x)
        return self.out(h[-1]).view(-1, HORIZON, len(QUANTILES))


class Pinball(nn.Module):
    def __init__(self, axis):
        super().__init__()
        self.net, self.axis = Quantile(), axis
        self.register_buffer('q', torch.tensor(QUANTILES))

    def forward(self, x, y):
        error = y.to(self.q.dtype).unsqueeze(self.axis) - self.net(x)  # BUG
        return torch.maximum(self.q * error, (self.q - 1) * error).mean()


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 10, 2),), torch.randn(4, HORIZON)


def make():
    torch.manual_seed(0)
    return (Pinball(0),) + _data()  # BUG


def fixed():
    torch.manual_seed(0)
    return (Pinball(-1),) + _data()


def run(model, inputs, targets):
    return model(inputs[0], targets)

"""Quantile regression: preds[:, i:i+1] keeps its axis, the target has none."""
import torch
from torch import nn

META = dict(
    id='c297', source='recurring mistake in hand-written pinball losses (no UserWarning, as no nn loss is used)',
    title='y - preds[:, i:i + 1] is (batch, batch)',
    loud=False, cause='loss_broadcast',
    explanation='(batch,) minus (batch, 1) broadcasts to (batch, batch): every forecast is compared with the '
                'targets of '
                'all series.',
    fix='errors = y - preds[:, i]',
    layout='batch seq features',
)


class QuantileGRU(nn.Module):
    def __init__(self, d=2, hid=10, taus=(0.05, 0.25, 0.5, 0.75, 0.95)):
        super().__init__()
        self.taus = taus
        self.gru = nn.GRU(d, hid, num_layers=2, batch_first=True)
        self.heads = nn.ModuleList([nn.Linear(hid, 1) for _ in taus])

    def forward(self, x):
        _, h = self.gru(x)
        return torch.cat([head(h[-1]) for head in self.heads], dim=1)


def quantile_loss(preds, y, taus):
    losses = []
    for i, tau in enumerate(taus):
        errors = y - preds[:, i:i + 1]  # BUG
        losses.append(torch.max((tau - 1) * errors, tau * errors).mean())
    return sum(losses) / len(losses)


def quantile_loss_right(preds, y, taus):
    losses = []
    for i, tau in enumerate(taus):
        errors = y - preds[:, i]
        losses.append(torch.max((tau - 1) * errors, tau * errors).mean())
    return sum(losses) / len(losses)


class WithLoss(nn.Module):
    def __init__(self, criterion):
        super().__init__()
        self.net, self.criterion = QuantileGRU(), criterion

    def forward(self, x, y):
        return self.criterion(self.net(x), y, self.net.taus)  # BUG


def _data():
    torch.manual_seed(113)
    return (torch.randn(9, 13, 2),), torch.randn(9)


def make():
    torch.manual_seed(0)
    return (WithLoss(quantile_loss),) + _data()


def fixed():
    torch.manual_seed(0)
    return (WithLoss(quantile_loss_right),) + _data()


def run(model, inputs, targets):
    return model(inputs[0], targets)

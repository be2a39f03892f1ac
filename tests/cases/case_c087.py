"""MSELoss of (batch, horizon) against (batch, horizon + 1): the horizons differ."""
import torch
from torch import nn

META = dict(
    id='c087',
    source='own; off-by-one between the decoder loop and the target window',
    title='The size of tensor a (4) must match the size of tensor b (5)',
    loud=True,
    cause='loss_shape',
    explanation='The decoder gives 4 steps, the target holds the last known value too, 5 in all.',
    fix='targets[:, 1:]',
    layout='batch seq features',
)


class Horizon(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 6, batch_first=True)
        self.cell = nn.GRUCell(1, 6)
        self.out = nn.Linear(6, 1)

    def forward(self, x):
        _, h = self.gru(x)
        h, y, ys = h[-1], x[:, -1, :1], []
        for _ in range(4):
            h = self.cell(y, h)
            y = self.out(h)
            ys.append(y)
        return torch.cat(ys, dim=1)


class HorizonLoss(nn.Module):
    def __init__(self, first):
        super().__init__()
        self.model, self.first = Horizon(), first

    def forward(self, x, y):
        pred = self.model(x)
        return nn.functional.mse_loss(pred, y[:, self.first:].to(pred.dtype))  # BUG


def _data():
    torch.manual_seed(1)
    return (torch.randn(3, 8, 2),), torch.randn(3, 5)


def make():
    torch.manual_seed(0)
    return (HorizonLoss(0),) + _data()  # BUG


def fixed():
    torch.manual_seed(0)
    return (HorizonLoss(1),) + _data()


def run(model, inputs, targets):
    return model(inputs[0], targets)

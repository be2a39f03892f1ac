"""Two-layer GRU: h_n[0] is the first layer's state, the last layer's is meant."""
import torch
from torch import nn

META = dict(
    id='c016',
    source='own; common in code that grew from one layer to two',
    title='hidden[0] after num_layers was raised to 2',
    loud=False,
    cause='hn_wrong_index',
    explanation='h_n is ordered by layer: index 0 is the bottom layer. The second layer never reaches the output.',
    fix='h_n[-1]',
    layout='batch seq features',
)


class Sensor(nn.Module):
    pick = 0  # BUG

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(3)
        self.gru = nn.GRU(3, 8, num_layers=2, dropout=0.1, batch_first=True)
        self.head = nn.Sequential(nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 1))

    def forward(self, x):
        _, h_n = self.gru(self.norm(x))
        return self.head(h_n[self.pick]).squeeze(-1)  # BUG


class SensorFixed(Sensor):
    pick = -1


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, 12, 3),)


def make():
    torch.manual_seed(0)
    return Sensor(), _data(), torch.linspace(0, 1, 5)


def fixed():
    torch.manual_seed(0)
    return SensorFixed(), _data(), torch.linspace(0, 1, 5)


def run(model, inputs, targets):
    return nn.functional.smooth_l1_loss(model(*inputs), targets, reduction='none')

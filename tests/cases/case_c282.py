"""CNN + BiGRU on accelerometer windows (batch, channels, samples)."""
import torch
from torch import nn

META = dict(
    id='c282', source='yalesong/pvse#13 (last position of a bidirectional GRU), yunjey/pytorch-tutorial#149',
    title='features[:, -1] of a bidirectional GRU',
    loud=False, cause='bidir_last_step',
    explanation='At the last position the backward direction has read a single step; its full summary is at '
                'position 0.',
    fix='torch.cat((fwd[:, -1], bwd[:, 0]), -1)',
    layout='batch features seq',
)


class HarNet(nn.Module):
    def __init__(self, channels=3, filters=8, hid=7, n_act=5):
        super().__init__()
        self.cnn = nn.Sequential(
            nn.Conv1d(channels, filters, 5, padding=2), nn.BatchNorm1d(filters), nn.ReLU(), nn.MaxPool1d(2),
        )
        self.bigru = nn.GRU(filters, hid, 2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * hid, n_act)

    def summary(self, features):
        return features[:, -1, :]  # BUG

    def forward(self, acc):
        z = self.cnn(acc).permute(0, 2, 1)
        features, _ = self.bigru(z)
        return self.head(self.summary(features))  # BUG


class HarNetRight(HarNet):
    def summary(self, features):
        fwd, bwd = features.chunk(2, dim=-1)
        return torch.cat((fwd[:, -1], bwd[:, 0]), dim=-1)


def _data():
    torch.manual_seed(53)
    return (torch.randn(4, 3, 26),), torch.randint(0, 5, (4,))


def make():
    torch.manual_seed(0)
    return (HarNet(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (HarNetRight(),) + _data()


def run(model, inputs, targets):
    return model(*inputs)

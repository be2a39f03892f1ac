"""h_n.view(-1, hidden) feeds (layers * batch) rows to the head, the loss finds too many predictions."""
import torch
from torch import nn

META = dict(
    id='c052',
    source='own; "Expected input batch_size (8) to match target batch_size (4)"',
    title='fc(h_n.view(-1, H)) of a two-layer LSTM',
    loud=True,
    cause='hn_view_wrong_size',
    explanation='view(-1, H) turns the two layers into twice the number of samples; the loss compares 8 predictions'
                ' with 4 labels.',
    fix='fc(h_n[-1])',
    layout='batch seq features',
)
D, H = 3, 6


class Gesture(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, num_layers=2, batch_first=True)
        self.fc = nn.Linear(H, 5)

    def flat(self, h_n):
        return h_n.view(-1, H)  # BUG

    def forward(self, x):
        _, (h_n, _) = self.lstm(x)
        return self.fc(self.flat(h_n))


class GestureFixed(Gesture):
    def flat(self, h_n):
        return h_n[-1]


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 9, D),), torch.tensor([0, 4, 2, 1])


def make():
    torch.manual_seed(0)
    return (Gesture(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (GestureFixed(),) + _data()


def run(model, inputs, targets):
    return nn.CrossEntropyLoss()(model(*inputs), targets)  # BUG

"""An RNN over segments of each variable, its state repeated for the segments to come."""
import torch
from torch import nn

META = dict(
    id='z002',
    source='zoo: pypots, nn/modules/segrnn',
    title='variables folded into the batch, windows cut into segments by reshape(-1, segments, length)',
    explanation='The fold keeps samples apart and in order; with one sample it has as many rows as variables.',
    layout='batch seq features',
)
STEPS, VARIABLES, LENGTH, AHEAD, WIDTH = 8, 3, 2, 2, 4


class SegmentRnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(LENGTH, WIDTH)
        self.rnn = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.place = nn.Parameter(torch.randn(VARIABLES * AHEAD, 1, WIDTH))
        self.head = nn.Linear(WIDTH, LENGTH)

    def forward(self, x):
        batch = x.size(0)
        last = x[:, -1:]
        segments = self.embed((x - last).permute(0, 2, 1).reshape(-1, STEPS // LENGTH, LENGTH))
        _, h_n = self.rnn(segments)
        _, ahead = self.rnn(self.place.repeat(batch, 1, 1), h_n.repeat(1, 1, AHEAD).view(1, -1, WIDTH))
        return self.head(ahead).view(-1, VARIABLES, AHEAD * LENGTH).permute(0, 2, 1) + last


def fixed():
    torch.manual_seed(0)
    model = SegmentRnn()
    torch.manual_seed(1)
    return model, (torch.randn(5, STEPS, VARIABLES),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

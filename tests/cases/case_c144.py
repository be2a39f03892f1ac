"""Seq-first data and h_0 for the right batch, the GRU batch_first: loud."""
import torch
from torch import nn

META = dict(
    id='c144',
    source='own; time-major loader after a change of framework',
    title='Expected hidden size (1, 9, 5), got [1, 4, 5]: batch_first=True on time-major data',
    loud=True,
    cause='batch_seq_swapped',
    explanation='The loader gives (time, batch, features); batch_first=True makes the GRU ask for a state for 9 '
                'samples.',
    fix='nn.GRU(D, H) without batch_first',
    layout='seq batch features',
)
D, H = 3, 5


class TimeMajor(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.gru = nn.GRU(D, H, batch_first=batch_first)  # BUG
        self.h0 = nn.Parameter(torch.zeros(1, 1, H))
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        h0 = self.h0.expand(-1, x.size(1), -1).contiguous()
        _, h = self.gru(x, h0)  # BUG
        return self.fc(h[-1])


def _data():
    torch.manual_seed(1)
    return (torch.randn(9, 4, D),)


def make():
    torch.manual_seed(0)
    return TimeMajor(True), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return TimeMajor(False), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""One long series, unbatched on purpose, with a learnt initial state and a causal running mean."""
import torch
from torch import nn

META = dict(
    id='y025', source='own program', title='unbatched (steps, features) into nn.LSTM and nn.GRU',
    explanation='There is no batch axis: the input is one series, and the states are (layers, hidden).',
    layout='seq features',
)


class SingleSeries(nn.Module):
    def __init__(self, d=4, h=8, layers=2):
        super().__init__()
        self.h0 = nn.Parameter(torch.zeros(layers, h))
        self.c0 = nn.Parameter(torch.zeros(layers, h))
        self.lstm = nn.LSTM(2 * d, h, layers)
        self.gru = nn.GRU(h, h, batch_first=True)
        self.head = nn.Linear(h, d)

    def forward(self, series):
        count = torch.arange(1, len(series) + 1).unsqueeze(-1)
        running = series.cumsum(0) / count
        y, _ = self.lstm(torch.cat((series, series - running), -1), (self.h0, self.c0))
        y = y + self.gru(y)[0]
        return running + self.head(y)


def make():
    torch.manual_seed(0)
    m = SingleSeries()
    torch.manual_seed(1)
    s = torch.randn(31, 4).cumsum(0)
    return m, (s[:-1],), s[1:]


fixed = make


def run(model, inputs, targets):
    y = model(*inputs)
    return y, nn.functional.mse_loss(y, targets)

"""DeepAR-like sampler: repeat for the sample paths, then view with the paths outside."""
import torch
from torch import nn

META = dict(
    id='c214', source='GitHub probabilistic forecasting code (num_samples folded into the batch)',
    title='Sample paths mixed up between series',
    loud=False, cause='view_not_permute',
    explanation='repeat_interleave puts the paths of a series side by side: (batch * paths). Viewing the result '
                'as (paths, batch) gives series i the paths of others.',
    fix='y.view(batch, paths, -1).transpose(0, 1)',
    layout='batch seq features',
)
K, H = 3, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, H, batch_first=True)
        self.cell = nn.LSTMCell(1, H)
        self.mu = nn.Linear(H, 1)

    def paths(self, y, n):
        return y.view(K, n, -1)  # BUG

    def forward(self, x):
        _, (h, c) = self.lstm(x)
        h, c = h[-1].repeat_interleave(K, 0), c[-1].repeat_interleave(K, 0)
        y, ys = h.new_zeros(len(h), 1), []
        for _ in range(4):
            h, c = self.cell(y, (h, c))
            y = self.mu(h)
            ys.append(y)
        return self.paths(torch.cat(ys, 1), len(x)).mean(0)  # BUG


class NetFixed(Net):
    def paths(self, y, n):
        return y.view(n, K, -1).transpose(0, 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 2),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

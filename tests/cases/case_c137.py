"""Blog tutorial: X_train.view([steps, -1, 1]) turns (samples, steps) into something of the right shape."""
import torch
from torch import nn

META = dict(
    id='c137',
    source='public code, index id 43465941904 (the input.view(len(input), batch_size, -1) tutorial); own re-'
           'creation',
    title='X.view([input_size, -1, 1]) to make (samples, steps) seq-first',
    loud=False,
    cause='view_not_permute',
    explanation='X is (samples, steps). The view walks along the memory: sequence b is made of every n-th number of'
                ' the table.',
    fix='X.t().unsqueeze(-1)',
    layout='batch seq',
)
T, H = 8, 6


def seq_first_view(x):
    return x.view([T, -1, 1])  # BUG


def seq_first(x):
    return x.t().unsqueeze(-1)


class Ar(nn.Module):
    def __init__(self, prepare):
        super().__init__()
        self.prepare = prepare
        self.lstm = nn.LSTM(1, H, 2)
        self.linear = nn.Linear(H, 1)

    def forward(self, x):
        x = self.prepare(x)
        out, self.hidden = self.lstm(x.view(len(x), x.size(1), -1))  # BUG
        return self.linear(out[-1].view(x.size(1), -1)).view(-1)


def _data():
    torch.manual_seed(1)
    series = torch.randn(13).cumsum(0)
    return (series.unfold(0, T, 1)[torch.tensor([3, 0, 5, 1, 4])].contiguous(),)


def make():
    torch.manual_seed(0)
    return Ar(seq_first_view), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return Ar(seq_first), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

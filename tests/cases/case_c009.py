"""Shuffled mini-batches, but self.hidden is detached and reused instead of made anew."""
import torch
from torch import nn

META = dict(
    id='c009',
    source='gabrielloye/RNN-walkthrough#3 (change proposed there); RUCAIBox/RecBole#697 on the same question',
    title='self.rnn(x, self.hidden.detach()) instead of zeros, on independent sentences',
    loud=False,
    cause='state_carried',
    explanation='The sentences of two batches have nothing to do with each other; the state of the last batch makes'
                ' the result depend on what was fed before.',
    fix='hidden = self.init_hidden(x.size(0)) in forward',
    layout='batch seq features',
)
D, H = 5, 6


class CharModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(D, H, 2, batch_first=True)
        self.fc = nn.Linear(H, D)
        self.hidden = torch.zeros(2, 3, H)

    def start(self, x):
        return self.hidden.detach().to(x.dtype)  # BUG

    def forward(self, x):
        out, self.hidden = self.rnn(x, self.start(x))  # BUG
        return self.fc(out.reshape(-1, H))


class CharModelFixed(CharModel):
    def start(self, x):
        return x.new_zeros(2, x.size(0), H)


def _data():
    torch.manual_seed(1)
    return (torch.randn(3, 6, D), torch.randn(3, 6, D))


def make():
    torch.manual_seed(0)
    return CharModel(), _data(), None


def fixed():
    torch.manual_seed(0)
    return CharModelFixed(), _data(), None


def run(model, inputs, targets):
    return [model(x) for x in inputs]

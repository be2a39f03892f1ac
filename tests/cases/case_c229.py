"""Time2Vec + LSTM: positional features made from the batch index, torch.arange(x.size(0))."""
import torch
from torch import nn

META = dict(
    id='c229', source='GitHub time-embedding layers written for seq-first data',
    title='Position embedding looked up with arange(x.size(0))',
    loud=False, cause='minibatch_index_axis',
    explanation="The positions are counted along axis 0, which is the batch: a sample's result depends on its row "
                'in the batch.',
    fix='self.pos(torch.arange(x.size(1))).unsqueeze(0)',
    layout='batch seq features',
)
D = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(2, D)
        self.pos = nn.Embedding(30, D)
        self.lstm = nn.LSTM(D, D, batch_first=True)

    def positions(self, x):
        return self.pos(torch.arange(x.size(0))).unsqueeze(1)  # BUG

    def forward(self, x):
        x = self.inp(x)
        x = x + self.positions(x)  # BUG
        return self.lstm(x)[0][:, -1]


class NetFixed(Net):
    def positions(self, x):
        return self.pos(torch.arange(x.size(1))).unsqueeze(0)


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

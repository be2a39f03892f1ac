"""Bahdanau attention: W2(hidden) (1, batch, H) added to W1(outputs) (batch, seq, H), batch == seq."""
import torch
from torch import nn

META = dict(
    id='c170', source='stackoverflow.com question on Bahdanau attention ported from TensorFlow',
    title='Adding hidden (1, batch, H) to encoder outputs (batch, seq, H)',
    loud=False, cause='hn_axis_broadcast',
    explanation='The state has to be (batch, 1, H) to be added to every step of its own sample. As (1, batch, H) '
                'it broadcasts along time: step t gets the state of sample t.',
    fix='self.W2(hidden).transpose(0, 1)',
    layout='batch seq features',
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, H, batch_first=True)
        self.W1, self.W2, self.V = nn.Linear(H, H), nn.Linear(H, H), nn.Linear(H, 1)
        self.fc = nn.Linear(H, 2)

    def query(self, hidden):
        return self.W2(hidden)  # BUG

    def forward(self, x):
        values, hidden = self.gru(x)
        score = self.V(torch.tanh(self.W1(values) + self.query(hidden)))  # BUG
        weights = torch.softmax(score, dim=1)
        return self.fc((weights * values).sum(dim=1))


class NetFixed(Net):
    def query(self, hidden):
        return self.W2(hidden).transpose(0, 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(5, 5, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Online learner: mini-batches cut along axis 0 of (window, samples) pairs in a hand-written training loop with
MSE."""
import torch
from torch import nn

META = dict(
    id='c261', source='forum question on slicing a (seq, batch, features) tensor for mini-batches',
    title='data[i:i+bs] cuts time',
    loud=False, cause='minibatch_index_axis',
    explanation='The data are seq-first, so data[i:i + 2] is two steps of all samples; each piece starts anew.',
    fix='data[:, i:i + 2]',
    layout='seq batch features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 5)
        self.fc = nn.Linear(5, 1)

    def pieces(self, data):
        return [data[i:i + 3] for i in range(0, len(data), 3)]  # BUG

    def forward(self, data):
        return torch.cat([self.fc(self.rnn(p)[0][-1]) for p in self.pieces(data)])  # BUG


class NetFixed(Net):
    def pieces(self, data):
        return [data[:, i:i + 3] for i in range(0, data.size(1), 3)]


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(6, 6, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

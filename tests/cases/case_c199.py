"""LSTM output tuple permuted: 'tuple' object has no attribute 'permute'."""
import torch
from torch import nn

META = dict(
    id='c199', source='forum question "\'tuple\' object has no attribute \'permute\'"',
    title="AttributeError: 'tuple' object has no attribute 'permute'",
    loud=True, cause='tuple_passed_on',
    explanation='nn.GRU returns (output, h_n). The method is called on the tuple.',
    fix='x, _ = self.gru(x)',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 6, batch_first=True)
        self.conv = nn.Conv1d(6, 4, 3)

    def encode(self, x):
        return self.gru(x)  # BUG

    def forward(self, x):
        x = self.encode(x)
        return self.conv(x.permute(0, 2, 1))  # BUG


class NetFixed(Net):
    def encode(self, x):
        return self.gru(x)[0]


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 7, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Look-back of two networks: the second LSTM's input is out.transpose(0, 1), although both are batch_first."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c217', source='forum question on stacking LSTMs with different hidden sizes',
    title='Transpose between two batch_first LSTMs',
    loud=False, cause='mixed_batch_first',
    explanation='A transpose left over from a seq-first version hands the second module (seq, batch, features); '
                'being batch_first it reads steps as samples.',
    fix='out2, _ = self.lstm2(out)',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm1 = nn.LSTM(3, 8, batch_first=True)
        self.lstm2 = nn.LSTM(8, 5, batch_first=True)
        self.fc = nn.Linear(5, 1)

    def between(self, x):
        return F.relu(x).transpose(0, 1)  # BUG

    def forward(self, x):
        x, _ = self.lstm1(x)
        x, _ = self.lstm2(self.between(x))  # BUG
        return self.fc(self.final(x))

    def final(self, x):
        return x[-1]


class NetFixed(Net):
    def between(self, x):
        return F.relu(x)

    def final(self, x):
        return x[:, -1]


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

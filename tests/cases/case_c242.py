"""One LSTM state tensor given to LSTM beside a batch: Expected hidden tuple."""
import torch
from torch import nn

META = dict(
    id='c242', source='pytorch/pytorch#45437',
    title='passing hidden state to an LSTM removes the first dimension and causes an error',
    loud=True, cause='state_not_tuple',
    explanation='LSTM wants (h_0, c_0); one tensor is unpacked along its first axis.',
    fix='lstm(x, (h, torch.zeros_like(h)))',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 10, batch_first=True)

    def state(self, n):
        return torch.zeros(1, n, 10)  # BUG

    def forward(self, x):
        return self.lstm(x, self.state(len(x)))[0]  # BUG


class NetFixed(Net):
    def state(self, n):
        return torch.zeros(1, n, 10), torch.zeros(1, n, 10)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(2, 10, 1),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

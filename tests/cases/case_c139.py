"""nn.LSTM(...) result passed to a functional: relu of a tuple."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c139',
    source='blue-season/pywarm#9 and FancyXun in FederatedAI/FATE#5707 (LSTM in a Sequential, translated); own re-'
           'creation',
    title='x = F.relu(self.lstm(x))',
    loud=True,
    cause='tuple_passed_on',
    explanation='self.lstm returns (output, (h_n, c_n)), relu wants a tensor.',
    fix='x, _ = self.lstm(x)',
    layout='batch seq features',
)


class Federated(nn.Module):
    def __init__(self):
        super().__init__()
        self.bottom = nn.Linear(5, 6)
        self.lstm = nn.LSTM(6, 6, batch_first=True)
        self.top = nn.Linear(6, 2)

    def recur(self, x):
        return self.lstm(x)  # BUG

    def forward(self, x):
        x = F.relu(self.recur(torch.tanh(self.bottom(x))))  # BUG
        return self.top(x).mean(dim=1)


class FederatedFixed(Federated):
    def recur(self, x):
        return self.lstm(x)[0]


def _data():
    torch.manual_seed(1)
    return (torch.randn(3, 6, 5),)


def make():
    torch.manual_seed(0)
    return Federated(), _data(), None


def fixed():
    torch.manual_seed(0)
    return FederatedFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

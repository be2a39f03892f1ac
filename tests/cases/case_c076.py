"""batch_size given to the constructor and used for the state; another batch size arrives."""
import torch
from torch import nn

META = dict(
    id='c076',
    source='MUST-Deep-Learning/KnowIt#252',
    title='Expected hidden[0] size (1, 16, 256), got [1, 3, 256]; batch sizes differ from the one given',
    loud=True,
    cause='state_fixed_batch',
    explanation='h_0 and c_0 are buffers for 4 samples; a batch of 6 arrives.',
    fix='x.new_zeros(1, x.size(0), hidden)',
    layout='batch seq features',
)
D, H = 3, 5


class Net(nn.Module):
    def __init__(self, batch_size):
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.fc = nn.Sequential(nn.Linear(H, 4), nn.ReLU(), nn.Linear(4, 1))
        self.register_buffer('h0', torch.zeros(1, batch_size, H))  # BUG
        self.register_buffer('c0', torch.zeros(1, batch_size, H))

    def state(self, x):
        return self.h0, self.c0  # BUG

    def forward(self, x):
        out, _ = self.lstm(x, self.state(x))  # BUG
        return self.fc(out[:, -1])


class NetFixed(Net):
    def state(self, x):
        zero = self.h0.new_zeros(1, x.size(0), H)
        return zero, zero


def _data():
    torch.manual_seed(1)
    return (torch.randn(6, 8, D),)


def make():
    torch.manual_seed(0)
    return Net(4), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return NetFixed(4), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

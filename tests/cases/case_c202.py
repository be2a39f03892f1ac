"""LSTMCell stepped with GRU habits: h = cell(x, h)."""
import torch
from torch import nn

META = dict(
    id='c202', source='forum question on replacing GRUCell with LSTMCell',
    title='h = self.cell(x_t, h) with LSTMCell',
    loud=True, cause='state_not_tuple',
    explanation='LSTMCell returns and takes a pair (h, c). After the first step h is that pair, and the head gets '
                'a tuple; the first call already gets one tensor.',
    fix='h, c = self.cell(x[:, t], (h, c))',
    layout='batch seq features',
)
H = 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(3, H)
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        h = x.new_zeros(x.size(0), H)  # BUG
        for t in range(x.size(1)):
            h = self.cell(x[:, t], h)  # BUG
        return self.fc(h)


class NetFixed(Net):
    def forward(self, x):
        h = c = x.new_zeros(x.size(0), H)
        for t in range(x.size(1)):
            h, c = self.cell(x[:, t], (h, c))
        return self.fc(h)


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

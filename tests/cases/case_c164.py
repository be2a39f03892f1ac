"""A loop over an RNN cell that never hands the state on."""
import torch
from torch import nn

META = dict(
    id='c164', source='stackoverflow.com question on looping over an LSTMCell by hand',
    title='LSTMCell in a loop gives the same as a feed-forward network',
    loud=False, cause='state_not_carried',
    explanation='self.cell(x[:, t]) is called without a state, so each step starts from zeros: the last output '
                'sees the last step only.',
    fix='h, c = self.cell(x[:, t], (h, c))',
    layout='batch seq features',
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(3, H)
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        outputs = []
        for t in range(x.size(1)):
            h, c = self.cell(x[:, t])  # BUG
            outputs.append(h)
        return self.fc(outputs[-1])  # BUG


class NetFixed(Net):
    def forward(self, x):
        state, outputs = None, []
        for t in range(x.size(1)):
            state = self.cell(x[:, t], state)
            outputs.append(state[0])
        return self.fc(outputs[-1])


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

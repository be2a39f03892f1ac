"""LSTM with masks: mask (batch, seq) multiplies out (seq, batch, hidden) after unsqueeze(-1), batch == seq."""
import torch
from torch import nn

META = dict(
    id='c232', source='GitHub masked pooling code with a seq-first LSTM',
    title='Mask and output in different layouts',
    loud=False, cause='layouts_meet',
    explanation='The output is (seq, batch, hidden), the mask (batch, seq, 1): with equal sizes nothing raises '
                'and the wrong steps are masked.',
    fix='mask.t().unsqueeze(-1)',
    layout=[ "seq batch features", "batch seq"],
)
N, H = 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, H)
        self.fc = nn.Linear(H, 2)

    def shaped(self, mask):
        return mask.unsqueeze(-1)  # BUG

    def forward(self, x, mask):
        out, _ = self.lstm(x)
        return self.fc((out * self.shaped(mask)).sum(0))  # BUG


class NetFixed(Net):
    def shaped(self, mask):
        return mask.t().unsqueeze(-1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(N, N, 3), torch.rand(N, N)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

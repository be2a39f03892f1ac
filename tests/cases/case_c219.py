"""Weather model: nn.Flatten between a per-station LSTM and the head merges stations with the wrong axis."""
import torch
from torch import nn

META = dict(
    id='c219', source='GitHub multi-station forecasting code (out.view(batch, -1) on seq-first output)',
    title='view(batch, -1) on the output of a seq-first LSTM',
    loud=False, cause='view_not_permute',
    explanation='The output is (seq, batch, hidden). view(batch, -1) makes rows of consecutive memory, i.e. of '
                'several samples at one step.',
    fix='out.transpose(0, 1).reshape(batch, -1)',
    layout='seq batch features',
)
T, H = 6, 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, H)
        self.fc = nn.Linear(T * H, 2)

    def flat(self, out):
        return out.view(out.size(1), -1)  # BUG

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(self.flat(out))  # BUG


class NetFixed(Net):
    def flat(self, out):
        return out.transpose(0, 1).reshape(out.size(1), -1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(T, 5, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

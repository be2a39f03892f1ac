"""Directions split by view, then the last position of both is taken."""
import torch
from torch import nn

META = dict(
    id='c158', source='yunjey/pytorch-tutorial#174 (bidirectional RNN), in the form out.view(b, t, 2, h)[:, -1]',
    title='Bidirection RNN issue',
    loud=False, cause='bidir_last_step',
    explanation='At the last position the backward direction has read a single step. Its full state is at '
                'position 0.',
    fix='torch.cat((out[:, -1, 0], out[:, 0, 1]), dim=-1)',
    layout='batch seq features',
)
H = 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, H, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * H, 4)

    def summary(self, out):
        last = out[:, -1]  # BUG
        return torch.cat((last[:, 0], last[:, 1]), dim=-1)

    def forward(self, x):
        out, _ = self.rnn(x)
        out = out.view(x.size(0), x.size(1), 2, H)
        return self.fc(self.summary(out))  # BUG


class NetFixed(Net):
    def summary(self, out):
        return torch.cat((out[:, -1, 0], out[:, 0, 1]), dim=-1)


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

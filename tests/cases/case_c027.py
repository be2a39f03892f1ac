"""Loop over an LSTMCell along axis 0 of batch-first data: the state runs from sample to sample."""
import torch
from torch import nn

META = dict(
    id='c027',
    source='own; the LSTMCell example of the documentation applied to batch-first data',
    title='for i in range(x.size(0)): h, c = cell(x[i], (h, c)) with x (batch, seq, feat)',
    loud=False,
    cause='cell_loop_axis',
    explanation='x[i] is one sample, (seq, feat): the cell takes its steps for a batch and carries the state to the'
                ' next sample.',
    fix='for t in range(x.size(1)): h, c = cell(x[:, t], (h, c))',
    layout='batch seq features',
)
D, H = 3, 5


class CellNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(D, H)
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        h = x.new_zeros(x.size(1), H)  # BUG
        c = torch.zeros_like(h)
        outs = []
        for i in range(x.size(0)):  # BUG
            h, c = self.cell(x[i], (h, c))  # BUG
            outs.append(h)
        return self.fc(torch.stack(outs, dim=0))


class CellNetFixed(CellNet):
    def forward(self, x):
        h = x.new_zeros(x.size(0), H)
        c = torch.zeros_like(h)
        outs = []
        for t in range(x.size(1)):
            h, c = self.cell(x[:, t], (h, c))
            outs.append(h)
        return self.fc(torch.stack(outs, dim=1))


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 6, D),)


def make():
    torch.manual_seed(0)
    return CellNet(), _data(), None


def fixed():
    torch.manual_seed(0)
    return CellNetFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

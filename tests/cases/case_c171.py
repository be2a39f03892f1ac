"""Traffic model: out.select(1, -1) of a seq-first GRU."""
import torch
from torch import nn

META = dict(
    id='c171', source='forum question "nn.GRU output, which index is the last time step"',
    title='Selecting the last time step of a seq-first GRU',
    loud=False, cause='last_step_wrong_axis',
    explanation='The output is (seq, batch, hidden). select(1, -1) takes the last sample at all steps; as many '
                'rows as there are steps.',
    fix='out.select(0, -1)',
    layout='seq batch features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 6, num_layers=2)
        self.norm = nn.LayerNorm(6)
        self.fc = nn.Linear(6, 1)

    def last(self, out):
        return out.select(1, -1)  # BUG

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(self.norm(self.last(out)))  # BUG


class NetFixed(Net):
    def last(self, out):
        return out.select(0, -1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(7, 4, 4),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

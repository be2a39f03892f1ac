"""h.squeeze() in a list of steps: with a batch of one the stacked output is 2-D."""
import torch
from torch import nn

META = dict(
    id='c041',
    source='salesforce/pytorch-qrnn#11',
    title='Bad squeeze in CPUForgetMult (batch_size=1)',
    loud=False,
    cause='squeeze_batch',
    explanation='Each step is (1, batch, hidden). squeeze() also drops a batch of one: the result is (seq, hidden),'
                ' without an error.',
    fix='h.squeeze(0)',
    layout='seq batch features',
)
D, H = 4, 6


class ForgetMult(nn.Module):
    def __init__(self):
        super().__init__()
        self.gates = nn.Linear(D, 2 * H)
        self.drop = nn.Dropout(0.1)

    def add(self, result, h):
        result.append(h.squeeze())  # BUG

    def forward(self, x):
        z, f = self.gates(x).chunk(2, dim=-1)
        z, f = z.tanh(), f.sigmoid()
        result, prev = [], None
        for step, forget in zip(z.split(1, dim=0), f.split(1, dim=0)):
            h = forget * step if prev is None else forget * step + (1 - forget) * prev
            self.add(result, h)
            prev = h
        return self.drop(torch.stack(result))  # BUG


class ForgetMultFixed(ForgetMult):
    def add(self, result, h):
        result.append(h.squeeze(0))


def _data():
    torch.manual_seed(1)
    return (torch.randn(7, 1, D),)


def make():
    torch.manual_seed(0)
    return ForgetMult(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ForgetMultFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Hand-written GRU and LSTM cells over time with zoneout masks, states as lists."""
import torch
from torch import nn

META = dict(
    id='t076', source='custom recurrent cells',
    title='Recurrence by hand along time',
    explanation='Every round takes one step of all samples and the state of all samples.',
    layout='seq batch features',
)
H = 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.x2g, self.h2g = nn.Linear(3, 3 * H), nn.Linear(H, 3 * H)
        self.register_buffer("keep", torch.rand(H))

    def forward(self, x):
        h, outs = x.new_zeros(x.size(1), H), []
        for step in x:
            xr, xz, xn = self.x2g(step).chunk(3, -1)
            hr, hz, hn = self.h2g(h).chunk(3, -1)
            z = torch.sigmoid(xz + hz)
            new = (1 - z) * torch.tanh(xn + torch.sigmoid(xr + hr) * hn) + z * h
            h = self.keep * h + (1 - self.keep) * new
            outs.append(h)
        return torch.stack(outs)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(6, 4, 3),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

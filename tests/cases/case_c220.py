"""Layer norm of a hand-written GRU cell over the whole batch: F.layer_norm(x, x.shape)."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c220', source='exe1023/LSTM_LN-like layer-normalised cells (normalized_shape taken from x.shape)',
    title='layer_norm with normalized_shape=x.shape',
    loud=False, cause='norm_over_batch',
    explanation='normalized_shape = x.shape covers the batch axis too: mean and variance are taken over all '
                'samples.',
    fix='F.layer_norm(x, x.shape[-1:])',
    layout='batch seq features',
)
H = 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h, self.h2h = nn.Linear(3, 3 * H), nn.Linear(H, 3 * H)

    def norm(self, x):
        return F.layer_norm(x, x.shape)  # BUG

    def forward(self, x):
        h = x.new_zeros(x.size(0), H)
        for x_t in x.unbind(1):
            ir, iz, iq = self.norm(self.i2h(x_t)).chunk(3, -1)  # BUG
            hr, hz, hq = self.norm(self.h2h(h)).chunk(3, -1)
            z = torch.sigmoid(iz + hz)
            h = z * h + (1 - z) * torch.tanh(iq + torch.sigmoid(ir + hr) * hq)
        return h


class NetFixed(Net):
    def norm(self, x):
        return F.layer_norm(x, x.shape[-1:])


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 5, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

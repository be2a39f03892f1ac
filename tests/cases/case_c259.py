"""Variational RNN: the final state of a 3-layer LSTM reduced with h.mean(1) instead of h.mean(0)."""
import torch
from torch import nn

META = dict(
    id='c259', source="GitHub VAE encoders that average the layers' states",
    title='Mean over layers takes the wrong axis',
    loud=False, cause='state_batch_mean',
    explanation='h_n is (layers, batch, hidden): mean(1) averages the samples and leaves one row per layer, later '
                'broadcast by the decoder.',
    fix='h.mean(0)',
    layout='batch seq features',
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, H, num_layers=3, batch_first=True)
        self.mu = nn.Linear(H, 4)
        self.dec = nn.Linear(4 + 3, 3)

    def code(self, h, n):
        return h.mean(1)[-1].expand(n, -1)  # BUG

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        z = self.mu(self.code(h, len(x)))
        return self.dec(torch.cat([z, x[:, -1]], 1))  # BUG


class NetFixed(Net):
    def code(self, h, n):
        return h.mean(0)


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

"""Speech-to-text decoder start: (c_n, h_n) unpacked in the wrong order and given as (h_0, c_0)."""
import torch
from torch import nn

META = dict(
    id='c187', source='microsoft/nni#2842',
    title='fix wrong order of hidden and cell state',
    loud=False, cause='cell_state_as_output',
    explanation="The state of an LSTM is (h, c). Swapped, the decoder's cell memory starts from the squashed "
                'output and its output from the memory.',
    fix='out, _ = self.decoder(y, (h, c))',
    layout=[ "batch seq features", "batch seq features"],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(3, 6, batch_first=True)
        self.decoder = nn.LSTM(2, 6, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def start(self, h, c):
        return c, h  # BUG

    def forward(self, x, y):
        _, (h, c) = self.encoder(x)
        out, _ = self.decoder(y, self.start(h, c))  # BUG
        return self.fc(out)


class NetFixed(Net):
    def start(self, h, c):
        return h, c


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3), torch.randn(4, 5, 2)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

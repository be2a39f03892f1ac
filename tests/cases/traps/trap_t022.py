"""WaveNet-like causal convolutions with gates and skips, then a GRU."""
import torch
from torch import nn

META = dict(
    id='t022',
    source='own',
    title='Causal dilated Conv1d on (batch, channels, time)',
    explanation='Channels first for the convolutions, features last for the GRU: both moves are transposes.',
    layout='batch seq',
)
C = 6


class Causal(nn.Conv1d):
    def forward(self, x):
        return super().forward(nn.functional.pad(x, ((self.kernel_size[0] - 1) * self.dilation[0], 0)))


class WaveNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = Causal(1, C, 2)
        self.gates = nn.ModuleList(Causal(C, 2 * C, 2, dilation=2 ** i) for i in range(3))
        self.res = nn.ModuleList(nn.Conv1d(C, C, 1) for _ in range(3))
        self.gru = nn.GRU(C, 5, batch_first=True)
        self.out = nn.Linear(5, 8)

    def forward(self, wave):
        x, skip = self.inp(wave.unsqueeze(1)), 0
        for gate, res in zip(self.gates, self.res):
            a, b = gate(x).chunk(2, dim=1)
            y = res(a.tanh() * b.sigmoid())
            x, skip = x + y, skip + y
        out, _ = self.gru(torch.relu(skip).transpose(1, 2))
        return self.out(out).transpose(1, 2)


def fixed():
    torch.manual_seed(0)
    model = WaveNet()
    torch.manual_seed(1)
    return model, (torch.randn(3, 12),), torch.randint(0, 8, (3, 12))


def run(model, inputs, targets):
    logits = model(*inputs)
    return logits, nn.functional.cross_entropy(logits, targets)


make = None

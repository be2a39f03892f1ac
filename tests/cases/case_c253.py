"""Sensor fusion: two branches, the second one permuted to seq-first and read with out[:, -1]."""
import torch
from torch import nn

META = dict(
    id='c253', source='forum question on mixing permuted and unpermuted branches',
    title='One branch permuted, same reading',
    loud=False, cause='last_step_wrong_axis',
    explanation="The second branch's output is (seq, batch, hidden), so [:, -1] takes its last sample; it fits "
                'because seq equals batch.',
    fix='b[-1]',
    layout=[ "batch seq features", "batch seq features"],
)
N, H = 5, 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.GRU(3, H, batch_first=True), nn.GRU(2, H)
        self.fc = nn.Linear(2 * H, 1)

    def second(self, out):
        return out[:, -1]  # BUG

    def forward(self, x, y):
        a, _ = self.a(x)
        b, _ = self.b(y.permute(1, 0, 2))
        return self.fc(torch.cat([a[:, -1], self.second(b)], dim=1))  # BUG


class NetFixed(Net):
    def second(self, out):
        return out[-1]


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(N, N, 3), torch.randn(N, N, 2)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Next-value GRU: the head is applied to all steps; the target (N, 1, 1) broadcasts along time."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c283', source='discuss.pytorch.org/t/in-a-number-sequence-1-2-3-4-estimate-the-next-number-using-lstm/202270',
    title='No last step taken: (batch, steps, 1) against a target (batch, 1, 1)',
    loud=False, cause='no_last_step',
    explanation='The window should give one value. The head returns one per step, and the loss broadcasts the '
                'target, so '
                'the '
                'first step of the window is trained to be the value after its end as well.',
    fix='return self.head(y[:, -1:])',
    layout='batch seq features',
)


class NextValue(nn.Module):
    def __init__(self, width=13):
        super().__init__()
        self.embed = nn.Linear(1, width)
        self.gru1 = nn.GRU(width, width, batch_first=True)
        self.gru2 = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, 1)

    def forward(self, x):
        z = self.embed(x)
        z = z + self.gru1(z)[0]
        z = z + self.gru2(z)[0]
        return self.head(z)  # BUG


class NextValueRight(NextValue):
    def forward(self, x):
        z = self.embed(x)
        z = z + self.gru1(z)[0]
        z = z + self.gru2(z)[0]
        return self.head(z[:, -1:])


def _data():
    wave = torch.sin(torch.arange(70) * 0.31) + torch.arange(70) * 0.01
    win = wave.unfold(0, 11, 7)[..., None].contiguous()
    return (win[:, :-1],), win[:, -1:]


def make():
    torch.manual_seed(0)
    return (NextValue(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (NextValueRight(),) + _data()


def run(model, inputs, targets):
    return F.mse_loss(model(*inputs), targets)  # BUG

"""Recurrent critic: values (B,) against returns (B, 1) in a clipped value loss written by hand."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c152', source='RLinf/RLinf#1568',
    title='OpenPI PPO critic loss silently broadcasts [B] values against [B, 1] returns',
    loud=False, cause='loss_broadcast',
    explanation='returns - values is (B, B): each value is trained against every return of the batch, and '
                'predictions collapse towards the mean return.',
    fix='values = values.unsqueeze(-1)',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 7, batch_first=True)
        self.value = nn.Linear(7, 1)

    def forward(self, obs):
        _, h = self.gru(obs)
        return self.value(h[-1]).flatten()  # BUG


class NetFixed(Net):
    def forward(self, obs):
        _, h = self.gru(obs)
        return self.value(h[-1])


def _inputs():
    torch.manual_seed(1)
    obs = torch.randn(5, 6, 4)
    return (obs,), (torch.randn(5, 1), torch.randn(5, 1))


def run(model, inputs, targets):
    returns, old = targets
    values = model(*inputs)
    clipped = old + (values - old).clamp(-0.2, 0.2)  # BUG
    error = torch.max(F.huber_loss(values, returns.expand_as(values), reduction="none") if values.dim() == 2
                      else (returns - values) ** 2, (returns - clipped) ** 2)  # BUG
    return error.mean()


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

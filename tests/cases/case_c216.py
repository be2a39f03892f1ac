"""Dict outputs: a multi-task model whose second head reads out[-1] of a batch-first GRU."""
import torch
from torch import nn

META = dict(
    id='c216', source='GitHub multi-task time-series code (one head fixed, the other one not)',
    title='Second task head predicts per time step',
    loud=False, cause='last_step_wrong_axis',
    explanation='out[-1] is the last sample at all steps; with batch_first=True the last step of all samples is '
                'out[:, -1].',
    fix='self.risk(out[:, -1])',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 6, batch_first=True)
        self.value, self.risk = nn.Linear(6, 1), nn.Linear(6, 2)

    def last(self, out):
        return out[-1]  # BUG

    def forward(self, batch):
        out, _ = self.gru(batch["x"])
        return {"value": self.value(out).squeeze(-1), "risk": self.risk(self.last(out))}  # BUG


class NetFixed(Net):
    def last(self, out):
        return out[:, -1]


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 7, 4),), None


def run(model, inputs, targets):
    found = model({"x": inputs[0]})
    return found["value"], found["risk"]


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

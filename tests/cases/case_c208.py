"""Image-to-token encoder: mean(dim=0) over the states stacked from several layers also averages the batch."""
import torch
from torch import nn

META = dict(
    id='c208', source='mkshing/e4t-diffusion#6',
    title='Problem due to wrong dimensions in E4TEncoder',
    loud=False, cause='state_batch_mean',
    explanation="The layers' states are joined on axis 0, where the batch lies, and averaged there: every sample "
                'gets the mean of the whole batch.',
    fix='torch.stack(states).mean(dim=0)',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.GRU(3, 6, batch_first=True), nn.GRU(6, 6, batch_first=True)
        self.fc = nn.Linear(9, 2)

    def pooled(self, states):
        return torch.cat(states).mean(dim=0).expand(states[0].size(0), -1)  # BUG

    def forward(self, x):
        a, ha = self.one(x)
        _, hb = self.two(a)
        return self.fc(torch.cat([self.pooled([ha[-1], hb[-1]]), x[:, -1]], dim=1))  # BUG


class NetFixed(Net):
    def pooled(self, states):
        return torch.stack(states).mean(dim=0)


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

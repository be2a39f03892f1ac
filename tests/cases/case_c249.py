"""Stock model: MinMax scaling inside the model with x.max() over everything."""
import torch
from torch import nn

META = dict(
    id='c249', source='Kaggle notebooks that scale inside forward',
    title="Scaling with the batch's minimum and maximum",
    loud=False, cause='norm_over_batch',
    explanation='amin and amax over axes 0 and 1 take the extremes of all samples: a prediction depends on the '
                'other windows.',
    fix='x.amin(1, keepdim=True), x.amax(1, keepdim=True)',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def scaled(self, x):
        low, high = x.amin((0, 1)), x.amax((0, 1))  # BUG
        return (x - low) / (high - low)  # BUG

    def forward(self, x):
        return self.fc(self.lstm(self.scaled(x))[0][:, -1])


class NetFixed(Net):
    def scaled(self, x):
        low, high = x.amin(1, keepdim=True), x.amax(1, keepdim=True)
        return (x - low) / (high - low)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 7, 2),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

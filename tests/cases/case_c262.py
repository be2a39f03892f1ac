"""GRU-D-like imputer: the feature means are taken over the batch at inference."""
import torch
from torch import nn

META = dict(
    id='c262', source='GitHub imputation layers (x.mean(0) used as the fill value)',
    title='Fill value from the batch',
    loud=False, cause='state_batch_mean',
    explanation='Missing values are filled with the mean of the batch: the result of a patient depends on the '
                'others.',
    fix='x.mean(1, keepdim=True)',
    layout=[ "batch seq features", None],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 5, batch_first=True)

    def fill(self, x):
        return x.mean(0, keepdim=True)  # BUG

    def forward(self, x, mask):
        x = mask * x + (1 - mask) * self.fill(x)  # BUG
        return self.gru(x)[1][-1]


class NetFixed(Net):
    def fill(self, x):
        return x.mean(1, keepdim=True)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3), (torch.rand(4, 6, 3) > 0.3).float()), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Deep ensemble of forecasts: stack of members (members, batch, 1) squeezed and compared with (batch, 1)."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c257', source='forum questions on ensembles and MSELoss broadcasting',
    title='Ensemble loss broadcast',
    loud=False, cause='loss_broadcast',
    explanation='squeeze makes (members, batch); against (batch, 1) it broadcasts to (batch, batch) where members '
                'equal the batch.',
    fix='stacked.mean(0)',
    layout=[ "batch seq features", "batch features"],
)
K = 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.members = nn.ModuleList(nn.GRU(2, 1, batch_first=True) for _ in range(K))

    def combined(self, preds):
        return preds.squeeze(-1)  # BUG

    def forward(self, x):
        return self.combined(torch.stack([m(x)[0][:, -1] for m in self.members]))


class NetFixed(Net):
    def combined(self, preds):
        return preds


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(K, 6, 2), torch.randn(K, 1)), None


def run(model, inputs, targets):
    x, y = inputs
    return F.mse_loss(model(x), y.expand_as(model(x)) if model(x).dim() == 3 else y)  # BUG


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

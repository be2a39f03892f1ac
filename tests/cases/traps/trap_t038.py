"""Sequential with extractor modules, weight norm and a skip of the raw input: seq-first throughout."""
import torch
from torch import nn

META = dict(
    id='t038',
    source='own',
    title='nn.Sequential(Permute, LSTM, Take, Linear) with lambdas as modules',
    explanation='Batch-first data are permuted once; out[-1] is the last step of the seq-first output.',
    layout='batch seq features',
)


class Apply(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def fixed():
    torch.manual_seed(0)
    model = nn.Sequential(
        Apply(lambda x: x.permute(1, 0, 2)),
        nn.LSTM(3, 6, 2),
        Apply(lambda pair: pair[0][-1]),
        nn.utils.parametrizations.weight_norm(nn.Linear(6, 6)),
        nn.Tanh(),
        nn.Linear(6, 2),
    )
    torch.manual_seed(1)
    return model, (torch.randn(4, 9, 3),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

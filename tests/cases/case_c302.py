import torch
from torch import nn

META = dict(
    id='c302', source='recurring error: nn.LSTM inside nn.Sequential (Stack Overflow and forum, many times)',
    title='linear(): argument input must be Tensor, not tuple',
    loud=True, cause='tuple_passed_on',
    explanation='nn.LSTM returns (output, (h_n, c_n)). nn.Sequential hands the whole tuple to the next layer.',
    fix='put a module behind the LSTM that picks output[:, -1]',
    layout='batch seq features',
)


class FinalOutput(nn.Module):
    def forward(self, result):
        sequence, _ = result
        return sequence[:, -1]


def regressor(*between):
    return nn.Sequential(
        nn.LayerNorm(5),
        nn.LSTM(5, 8, batch_first=True),  # BUG
        *between,
        nn.Linear(8, 6),  # BUG
        nn.ReLU(),
        nn.Linear(6, 1),
    )


def _data():
    torch.manual_seed(149)
    return (torch.randn(7, 9, 5),), torch.randn(7, 1)


def make():
    torch.manual_seed(0)
    return (regressor(),) + _data()  # BUG


def fixed():
    torch.manual_seed(0)
    return (regressor(FinalOutput()),) + _data()


def run(model, inputs, targets):
    return nn.functional.mse_loss(model(inputs[0]), targets)  # BUG

"""GaussianNLLLoss: mean (batch, 1), target (batch,)."""
import torch
from torch import nn

META = dict(
    id='c089',
    source='own; probabilistic forecaster, GaussianNLLLoss broadcasts without a warning',
    title='GaussianNLLLoss((batch, 1), (batch,), (batch, 1))',
    loud=False,
    cause='loss_broadcast',
    explanation='The mean is (batch, 1), the target (batch,): the loss compares every mean with every target.',
    fix='mean.squeeze(-1), var.squeeze(-1)',
    layout='batch seq features',
)


class DeepAr(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, num_layers=2, dropout=0.1, batch_first=True)
        self.mean, self.scale = nn.Linear(8, 1), nn.Linear(8, 1)

    def forward(self, x):
        h = self.lstm(x)[0][:, -1]
        return self.mean(h), nn.functional.softplus(self.scale(h)) + 1e-3  # BUG


class DeepArFixed(DeepAr):
    def forward(self, x):
        mean, var = super().forward(x)
        return mean.squeeze(-1), var.squeeze(-1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, 9, 3),), torch.randn(5)


def make():
    torch.manual_seed(0)
    return (DeepAr(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (DeepArFixed(),) + _data()


def run(model, inputs, targets):
    mean, var = model(*inputs)
    return nn.GaussianNLLLoss()(mean, targets.to(mean.dtype), var)  # BUG

"""Concordance and Pearson correlation over the batch as the loss."""
import torch
from torch import nn

META = dict(
    id='t055', source='emotion recognition training steps',
    title='CCC loss',
    explanation='A loss may use the statistics of the batch.',
    layout=[ "batch seq features", "batch"],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 6, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(12, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out.mean(1)).squeeze(-1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(5, 6, 3), torch.randn(5)), None


def run(model, inputs, targets):
    x, y = inputs
    p = model(x)
    pm, ym = p.mean(), y.mean()
    cov = ((p - pm) * (y - ym)).mean()
    return 1 - 2 * cov / (p.var(unbiased=False) + y.var(unbiased=False) + (pm - ym) ** 2)


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())

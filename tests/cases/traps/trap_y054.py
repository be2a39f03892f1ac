"""DeepSurv over an LSTM: Cox partial likelihood and a soft concordance."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y054', source='own',
    title='DeepSurv over an LSTM: Cox partial likelihood and a soft concordance',
    explanation='The risk set compares every pair of patients; risk is squeezed to (batch,) before the (batch, '
                'batch) comparisons.',
    layout=['batch seq features', 'batch', 'batch'],
)


class Risk(nn.Module):
    def __init__(self, d=4, h=8):
        super().__init__()
        self.rnn = nn.LSTM(d, h, batch_first=True)
        self.out = nn.Linear(h, 1)

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        return self.out(h[-1]).squeeze(-1)


def make():
    torch.manual_seed(0)
    m = Risk()
    torch.manual_seed(1)
    return m, (torch.randn(8, 6, 4), torch.rand(8) * 5, torch.tensor([1., 0, 1, 1, 0, 1, 1, 0])), None


fixed = make


def run(model, inputs, targets):
    x, time, event = inputs
    r = model(x)
    at_risk = time[None, :] >= time[:, None]
    log_sum = r[None, :].expand(len(r), -1).masked_fill(~at_risk, float('-inf')).logsumexp(1)
    cox = -((r - log_sum) * event).sum() / event.sum()
    comparable = (time[:, None] < time[None, :]) & event[:, None].bool()
    conc = torch.sigmoid(r[:, None] - r[None, :])[comparable].mean()
    return cox - 0.1 * conc

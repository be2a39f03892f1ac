"""A training step with unbatched rows: BCE loss and backward, the rows read as a sequence."""
import torch
from torch import nn

META = dict(
    id='c061',
    source='own; churn scoring with an LSTM on tabular data',
    title='LSTM(features, H) on (batch, features) within a training step',
    loud=False,
    cause='unbatched_2d',
    explanation='(batch, features) is taken for one sequence of batch steps; shuffling the rows changes every '
                'prediction.',
    fix='x.unsqueeze(1) and out[:, -1]',
    layout='batch features',
)
D, H = 5, 6


class Churn(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)  # BUG
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        out, _ = self.lstm(x)  # BUG
        return self.fc(out).squeeze(-1)


class ChurnFixed(Churn):
    def forward(self, x):
        out, _ = self.lstm(x.unsqueeze(1))
        return self.fc(out[:, -1]).squeeze(-1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(8, D),), (torch.rand(8) > 0.5).float()


def make():
    torch.manual_seed(0)
    return (Churn(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (ChurnFixed(),) + _data()


def run(model, inputs, targets):
    model.zero_grad()
    logits = model(*inputs)
    loss = nn.functional.binary_cross_entropy_with_logits(logits, targets.to(logits.dtype))
    if loss.requires_grad:
        loss.backward()
    return logits.detach(), loss.detach()

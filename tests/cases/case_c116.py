"""Multivariate windows flattened: x.view(batch, 1, seq * features), a "sequence" of one step."""
import torch
from torch import nn

META = dict(
    id='c116',
    source='titu1994/LSTM-FCN#9 (what can an LSTM learn from one time step); own re-creation',
    title='x.view(len(x), 1, -1) before a batch_first LSTM',
    loud=False,
    cause='seq_as_features',
    explanation='All steps and variables become features of one step; the recurrence never happens.',
    fix='self.lstm(x) with nn.LSTM(features, H, batch_first=True)',
    layout='batch seq features',
)
T, D, H = 6, 2, 5


class Fcn(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.lstm = nn.LSTM(width, H, batch_first=True)  # BUG
        self.drop = nn.Dropout(0.2)
        self.conv = nn.Conv1d(D, 4, 3, padding=1)
        self.fc = nn.Linear(H + 4, 3)

    def steps(self, x):
        return x.view(len(x), 1, -1)  # BUG

    def forward(self, x):
        out, _ = self.lstm(self.steps(x))  # BUG
        pooled = torch.relu(self.conv(x.transpose(1, 2))).mean(-1)
        return self.fc(torch.cat([self.drop(out[:, -1]), pooled], dim=1))


class FcnFixed(Fcn):
    def steps(self, x):
        return x


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, T, D),)


def make():
    torch.manual_seed(0)
    return Fcn(T * D), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return FcnFixed(D), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""BiLSTM classifier: AdaptiveAvgPool1d on (batch, seq, hidden): pools the units, not the steps."""
import torch
from torch import nn

META = dict(
    id='c178', source='forum question on global average pooling after an LSTM',
    title='AdaptiveAvgPool1d after a batch-first LSTM',
    loud=False, cause='conv_no_permute',
    explanation='Pooling layers work on the last axis of (batch, channels, length). On (batch, seq, hidden) the '
                'hidden units are averaged and one number per step is left.',
    fix='self.pool(out.transpose(1, 2)).squeeze(-1)',
    layout='batch seq features',
)
T, H = 8, 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, H, batch_first=True, bidirectional=True)
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.fc = nn.Linear(T, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(self.pool(out).squeeze(-1))  # BUG


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2 * H, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(self.pool(out.transpose(1, 2)).squeeze(-1))


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, T, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

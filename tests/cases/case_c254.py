"""TCN-LSTM: the convolution's output (batch, channels, time) goes into a batch-first LSTM of input_size=time."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c254', source='GitHub TCN-LSTM hybrids (missing permute before the LSTM)',
    title='Conv1d output into LSTM without permute',
    loud=False, cause='feature_seq_swapped',
    explanation='The LSTM reads channels as steps and time as features.',
    fix='self.lstm(x.transpose(1, 2)) with input_size=channels',
    layout='batch features seq',
)
T, C, H = 9, 6, 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, C, 3, padding=1)
        self.lstm = nn.LSTM(T, H, batch_first=True)  # BUG
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        x = F.relu(self.conv(x))
        out, _ = self.lstm(x)  # BUG
        return self.fc(out[:, -1])


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(C, H, batch_first=True)

    def forward(self, x):
        x = F.relu(self.conv(x)).transpose(1, 2)
        return self.fc(self.lstm(x)[0][:, -1])


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 3, T),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

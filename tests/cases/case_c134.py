"""CNN-LSTM: what the convolutions leave of time is flattened into the features of one step."""
import torch
from torch import nn

META = dict(
    id='c134',
    source='public code, index id 57635853651; same idiom in 10942202152 and 18886216402',
    title='x.view(x.size(0), 1, -1) between Conv1d and LSTM',
    loud=False,
    cause='seq_as_features',
    explanation='The LSTM gets one step whose features are all channels at all times, so nothing recurs.',
    fix='x.permute(0, 2, 1) with nn.LSTM(channels, ...)',
    layout='batch seq features',
)
T, D, C, H = 12, 2, 4, 6


class CnnLstm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv1d(D, C, 3, padding=1), nn.Conv1d(C, C, 3, padding=1)
        self.pool = nn.MaxPool1d(2)
        self.lstm = nn.LSTM(width, H, num_layers=2, batch_first=True)  # BUG
        self.fc = nn.Linear(H, 1)

    def steps(self, x):
        return x.view(x.size(0), 1, -1)  # BUG

    def forward(self, x):
        x = x.permute(0, 2, 1)
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        out, _ = self.lstm(self.steps(x))  # BUG
        return self.fc(out[:, -1, :])


class CnnLstmFixed(CnnLstm):
    def steps(self, x):
        return x.permute(0, 2, 1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, T, D),)


def make():
    torch.manual_seed(0)
    return CnnLstm(C * T // 4), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return CnnLstmFixed(C), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

""""h_n, c_n = lstm(x)": the first return value is the output, h_n[-1] is the last sample."""
import torch
from torch import nn

META = dict(
    id='c135',
    source='public code, index id 39727350287 (h_n, c_n = self.lstm(x, ...))',
    title='The return value unpacked as (h_n, c_n)',
    loud=False,
    cause='last_step_wrong_axis',
    explanation='nn.LSTM returns (output, (h_n, c_n)). With batch_first=True the so-called h_n[-1] is every step of'
                ' the last sample.',
    fix='output, (h_n, c_n) = self.lstm(x); h_n[-1]',
    layout='batch seq features',
)
D, H = 4, 6


class Surrogate(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, num_layers=2, batch_first=True)
        self.fc = nn.Linear(H, 2)

    def final(self, x):
        h_n, c_n = self.lstm(x)  # BUG
        return h_n[-1]  # BUG

    def forward(self, x):
        return self.fc(self.final(x))  # BUG


class SurrogateFixed(Surrogate):
    def final(self, x):
        output, (h_n, c_n) = self.lstm(x)
        return h_n[-1]


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, 7, D),)


def make():
    torch.manual_seed(0)
    return Surrogate(), _data(), None


def fixed():
    torch.manual_seed(0)
    return SurrogateFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

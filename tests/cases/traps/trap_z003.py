"""LSTM-FCN: the LSTM runs along the variables on purpose, beside convolutions along time of the same tensor."""
import torch
from torch import nn

META = dict(
    id='z003',
    source='zoo: tsai, models/RNN_FCN.py; the "dimension shuffle" of Karim et al. 2017',
    title='nn.LSTM(seq_len, hidden, batch_first=True) on (batch, variables, seq)',
    explanation='The paper hands the LSTM each variable whole, as one step; samples stay apart.',
    layout='batch variables seq',
)


class LstmFcn(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(12, 6, batch_first=True)
        self.conv = nn.Sequential(nn.Conv1d(3, 8, 3, padding=1), nn.BatchNorm1d(8), nn.ReLU())
        self.fc = nn.Linear(14, 2)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(torch.cat((out[:, -1], self.conv(x).mean(-1)), dim=1))


def fixed():
    torch.manual_seed(0)
    model = LstmFcn()
    torch.manual_seed(1)
    return model, (torch.randn(5, 3, 12),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

"""Squeeze of the last hidden in a tagger head used with one sample: the mean runs over time instead of features."""
import torch
from torch import nn

META = dict(
    id='c126',
    source='chrisvdweth/ml-toolkit#1 (final_state.squeeze()); replicahealth/GluPredKit#45',
    title='final_state.squeeze() and a forecast without its batch axis',
    loud=False,
    cause='squeeze_batch',
    explanation='For one series in the batch, squeeze() gives a 0-d forecast against a target (1,): MSELoss '
                'broadcasts; the result has no batch axis.',
    fix='forecast.squeeze(-1)',
    layout='batch seq features',
)


class Glucose(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 7, batch_first=True)
        self.fc = nn.Linear(7, 1)

    def flat(self, y):
        return y.squeeze()  # BUG

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.flat(self.fc(out[:, -1]))


class GlucoseFixed(Glucose):
    def flat(self, y):
        return y.squeeze(-1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(1, 9, 3),)


def make():
    torch.manual_seed(0)
    return Glucose(), _data(), None


def fixed():
    torch.manual_seed(0)
    return GlucoseFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

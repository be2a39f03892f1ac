"""embeds.view(len(batch), 1, -1) of the one-sentence tutorial applied to independent rows."""
import torch
from torch import nn

META = dict(
    id='c058',
    source='own; the "view(len(sentence), 1, -1)" of the sequence tutorial applied to a batch',
    title='x.view(len(x), 1, -1): the samples of the batch become the steps of one sequence',
    loud=False,
    cause='seq_len_one',
    explanation='Each window is flattened into one step, and the LSTM (seq-first) runs from sample to sample with a'
                ' batch of one.',
    fix='x with batch_first=True; out[:, -1]',
    layout='batch seq features',
)
T, D, H = 5, 2, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(T * D, H)  # BUG
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        out, _ = self.lstm(x.view(len(x), 1, -1))  # BUG
        return self.fc(out.view(len(x), -1))


class NetFixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


def _data():
    torch.manual_seed(1)
    return (torch.randn(6, T, D),)


def make():
    torch.manual_seed(0)
    return Net(), _data(), None


def fixed():
    torch.manual_seed(0)
    return NetFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Sentiment BiLSTM: hidden[-1] of a bidirectional network, i.e. the reverse direction only."""
import torch
from torch import nn

META = dict(
    id='c157', source='discuss.pytorch.org and tutorials: "hidden[-1]" kept when bidirectional=True was switched on',
    title='h_n[-1] of a bidirectional LSTM is the backward direction only',
    loud=False, cause='hn_wrong_index',
    explanation='With bidirectional=True h_n[-1] is the backward state of the top layer; the forward direction of '
                'the top layer (h_n[-2]) never reaches the classifier.',
    fix='torch.cat((hidden[-2], hidden[-1]), dim=1)',
    layout='batch seq',
)
V, E, H = 18, 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(H, 2)

    def forward(self, text):
        _, (hidden, _) = self.lstm(self.embedding(text))
        return self.fc(hidden[-1])  # BUG


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2 * H, 2)

    def forward(self, text):
        _, (hidden, _) = self.lstm(self.embedding(text))
        return self.fc(torch.cat((hidden[-2], hidden[-1]), dim=1))


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 7)),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Promoter classification from DNA: the whole one-hot sequence is one step for the LSTM."""
import torch
import torch.nn as nn
import torch.nn.functional as F

META = dict(
    id='c317', source='DNA / RNA classification notebooks (one-hot flattened before nn.LSTM)',
    title='One-hot bases flattened to (batch, 1, length * 4)',
    loud=False, cause='seq_as_features',
    explanation='The 15 bases are laid out on the feature axis of a single step. The LSTM has nothing to recur over '
                'and '
                'works as a plain '
                'gated layer; bases belong on the sequence axis with input_size=4.',
    fix='nn.LSTM(4, H, batch_first=True)(one_hot)',
    layout='batch seq',
)
BASES, LENGTH, H = 4, 15, 7


class PromoterLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(input_size=LENGTH * BASES, hidden_size=H, batch_first=True)  # BUG
        self.dense = nn.Linear(H, 1)

    def forward(self, dna):
        x = F.one_hot(dna, BASES).float()
        x = x.flatten(1).unsqueeze(1)  # BUG
        out, _ = self.lstm(x)  # BUG
        return torch.sigmoid(self.dense(out[:, -1, :]))


class PromoterLSTMFixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(input_size=BASES, hidden_size=H, batch_first=True)
        self.dense = nn.Linear(H, 1)

    def forward(self, dna):
        x = F.one_hot(dna, BASES).float()
        out, _ = self.lstm(x)
        return torch.sigmoid(self.dense(out[:, -1, :]))


def _dna():
    torch.manual_seed(1)
    return (torch.randint(0, BASES, (6, LENGTH)),)


def make():
    torch.manual_seed(0)
    return PromoterLSTM(), _dna(), None


def fixed():
    torch.manual_seed(0)
    return PromoterLSTMFixed(), _dna(), None


def run(model, inputs, targets):
    return model(*inputs)

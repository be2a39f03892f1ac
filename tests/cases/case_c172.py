"""Udacity sentiment network with batch_first left out; sig_out.view(batch_size, -1)[:, -1]."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c172',
    source='udacity/deep-learning-v2-pytorch sentiment-rnn notebooks (forum question on the copied solution)',
    title='Sentiment RNN solution without batch_first',
    loud=False, cause='batch_seq_swapped',
    explanation='The reviews are (batch, seq), the LSTM is seq-first: the memory runs over the reviews of the '
                'batch. The views afterwards give the right shapes all the same.',
    fix='nn.LSTM(E, H, 2, dropout=0.5, batch_first=True)',
    layout='batch seq',
)
V, E, H = 25, 6, 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, 2, dropout=0.5)  # BUG
        self.dropout = nn.Dropout(0.3)
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        batch_size = x.size(0)
        lstm_out, hidden = self.lstm(self.embedding(x))  # BUG
        lstm_out = lstm_out.contiguous().view(-1, H)
        sig_out = torch.sigmoid(self.fc(self.dropout(lstm_out)))
        sig_out = sig_out.view(batch_size, -1)
        return sig_out[:, -1]


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(E, H, 2, dropout=0.5, batch_first=True)


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(1, V, (4, 9)),), torch.tensor([1.0, 0.0, 0.0, 1.0])


def run(model, inputs, targets):
    return F.binary_cross_entropy(model(*inputs).squeeze(), targets)


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

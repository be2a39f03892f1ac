"""CTC: log-probabilities left batch first, one input length per sample."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c201', source='Sierkinhane/CRNN_Chinese_Characters_Rec#304',
    title='input_lengths must be of size batch_size',
    loud=True, cause='batch_seq_swapped',
    explanation='ctc_loss reads (time, batch, classes). Given (batch, time, classes) it takes the frames for the '
                'batch, and the lengths do not fit.',
    fix='F.ctc_loss(logp.transpose(0, 1), ...)',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 6, batch_first=True)
        self.fc = nn.Linear(6, 5)

    def logp(self, x):
        return self.fc(self.rnn(x)[0]).log_softmax(-1)

    def forward(self, x):
        return self.logp(x)


class NetFixed(Net):
    def forward(self, x):
        return self.logp(x).transpose(0, 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 9, 3),), torch.randint(1, 5, (3, 4))


def run(model, inputs, targets):
    return F.ctc_loss(model(*inputs), targets, torch.full((3,), 9), torch.full((3,), 4))  # BUG


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

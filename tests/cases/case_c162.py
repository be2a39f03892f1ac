"""CRNN for text lines: predictions (batch, time, classes) viewed as (time, batch, classes) for CTCLoss."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c162', source='discuss.pytorch.org threads on CTCLoss with batch-first outputs',
    title='CTCLoss expects (T, N, C): view instead of permute',
    loud=False, cause='view_not_permute',
    explanation='CTCLoss wants time first. view gives that shape and leaves the numbers where they are, so the '
                'frames of several lines form one sample.',
    fix='logits.permute(1, 0, 2)',
    layout='batch channels height width',
)
CLS, H = 6, 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d((2, 1)))
        self.rnn = nn.LSTM(4 * 4, H, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * H, CLS)

    def time_first(self, logits):
        n, t, c = logits.shape
        return logits.view(t, n, c)  # BUG

    def forward(self, lines):
        x = self.cnn(lines)
        x = x.permute(0, 3, 1, 2).flatten(2)
        out, _ = self.rnn(x)
        return self.time_first(self.fc(out))


class NetFixed(Net):
    def time_first(self, logits):
        return logits.permute(1, 0, 2)


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(3, 1, 8, 12),), torch.randint(1, CLS, (3, 4))


def run(model, inputs, targets):
    logp = model(*inputs).log_softmax(2)  # BUG
    n = torch.full((3,), 12), torch.full((3,), 4)
    return F.ctc_loss(logp, targets, *n)  # BUG


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

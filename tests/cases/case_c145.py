"""Squeeze of a batch of one before nn.LSTM: 3-D input becomes 2-D while the state stays 3-D."""
import torch
from torch import nn

META = dict(
    id='c145',
    source='own; "For unbatched 2-D input, hx and cx should also be 2-D" at prediction with one sample',
    title='features.squeeze() before the LSTM, one sample at prediction',
    loud=True,
    cause='squeeze_batch',
    explanation='squeeze() is meant to drop the height axis of the CNN maps, with one sample it drops the batch as '
                'well.',
    fix='maps.squeeze(2)',
    layout='batch channels height seq',
)
C, H = 4, 6


class Crnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, C, (8, 3), padding=(0, 1)), nn.ReLU())
        self.rnn = nn.LSTM(C, H, bidirectional=True)
        self.embedding = nn.Linear(2 * H, 9)

    def columns(self, maps):
        return maps.squeeze()  # BUG

    def forward(self, images):
        n = images.size(0)
        maps = self.columns(self.cnn(images))                        # (batch, C, 1, width) before
        steps = maps.movedim(-1, 0)
        zero = images.new_zeros(2, n, H)
        out, _ = self.rnn(steps, (zero, zero))  # BUG
        return self.embedding(out).log_softmax(-1)


class CrnnFixed(Crnn):
    def columns(self, maps):
        return maps.squeeze(2)


def _data():
    torch.manual_seed(1)
    return (torch.rand(1, 1, 8, 12),)


def make():
    torch.manual_seed(0)
    return Crnn(), _data(), None


def fixed():
    torch.manual_seed(0)
    return CrnnFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Live scoring of one window: x.squeeze() should drop the channel axis, but the batch has one sample."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c287',
    source='recurring mistake: squeeze() without an axis, met at inference (bentrevett/pytorch-sentiment-analysis#41)',
    title='x.squeeze() on (1, 1, steps, features) removes the batch axis as well',
    loud=False, cause='squeeze_batch',
    explanation='The 2-D rest is taken as an unbatched sequence, and everything that counts axes from the left '
                'moves by '
                'one: '
                'softmax and sum over axis 1 now run over the hidden units (steps == hidden hides it).',
    fix='x = x.squeeze(1)',
    layout='batch channel seq features',
)
STEPS, FEAT, HID = 16, 5, 16


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(FEAT, HID, batch_first=True)
        self.att = nn.Linear(HID, 1)
        self.fc = nn.Linear(HID, 4)

    def drop_channel(self, x):
        return x.squeeze()  # BUG

    def forward(self, x):
        x = self.drop_channel(x)
        out, _ = self.rnn(x)  # BUG
        w = F.softmax(self.att(out), dim=1)
        return self.fc((w * out).sum(dim=1))


class ScorerRight(Scorer):
    def drop_channel(self, x):
        return x.squeeze(1)


def _x():
    torch.manual_seed(71)
    return (torch.randn(1, 1, STEPS, FEAT),)


def make():
    torch.manual_seed(0)
    return Scorer(), _x(), None


def fixed():
    torch.manual_seed(0)
    return ScorerRight(), _x(), None


def run(model, inputs, targets):
    return model(*inputs)

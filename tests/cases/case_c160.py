"""Temporal attention pooling of an RL actor: softmax over an axis of size one."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c160', source='catalyst-team/catalyst#285',
    title='fixing softmax dim for attention pooling',
    loud=False, cause='softmax_axis',
    explanation='scores are (batch, seq, 1); softmax(dim=2) runs over the single score, so every weight is 1 and '
                'the attention is a plain sum.',
    fix='F.softmax(scores, dim=1)',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.LSTM(5, 8, batch_first=True)
        self.score = nn.Linear(8, 1)
        self.actor = nn.Linear(8, 2)

    def weights(self, scores):
        return F.softmax(scores, dim=2)  # BUG

    def forward(self, history):
        x, _ = self.features(history)
        w = self.weights(self.score(x))
        return torch.tanh(self.actor((x * w).sum(dim=1)))


class NetFixed(Net):
    def weights(self, scores):
        return F.softmax(scores, dim=1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 5),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Bidirectional audio classifier: sum of out[:, -1] halves as the summary."""
import torch
from torch import nn

META = dict(
    id='c102',
    source='aymericdamien/TensorFlow-Examples#201 (outputs[-1] of a bidirectional network); pytorch/pytorch#71991',
    title='out[:, -1] of a bidirectional GRU, both halves added',
    loud=False,
    cause='bidir_last_step',
    explanation='The backward half of the last frame has seen one frame only.',
    fix='h_n[-2] + h_n[-1]',
    layout='batch features seq',
)
MEL, H = 6, 5


class Audio(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv1d(MEL, 8, 3, padding=1), nn.BatchNorm1d(8), nn.ReLU())
        self.gru = nn.GRU(8, H, num_layers=2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(H, 3)

    def summary(self, out, h_n):
        last = out[:, -1].view(-1, 2, H)  # BUG
        return last.sum(1)

    def forward(self, mel):
        out, h_n = self.gru(self.conv(mel).transpose(1, 2))
        return self.fc(self.summary(out, h_n))  # BUG


class AudioFixed(Audio):
    def summary(self, out, h_n):
        return h_n[-2] + h_n[-1]


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, MEL, 11),)


def make():
    torch.manual_seed(0)
    return Audio(), _data(), None


def fixed():
    torch.manual_seed(0)
    return AudioFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

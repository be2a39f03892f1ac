"""Spectrogram (time, freq) given as (freq, time): the recurrent layer finds other features."""
import torch
from torch import nn

META = dict(
    id='c045',
    source='SeanNaren/deepspeech.pytorch#494',
    title='input.size(-1) must be equal to input_size. Expected 1312, got 6048',
    loud=True,
    cause='feature_seq_swapped',
    explanation='The loader gives (time, freq); the model wants (batch, 1, freq, time). Time ends up on the feature'
                ' axis of the RNN.',
    fix='spect.t()[None, None]',
    layout='batch 1 features seq',
    layout_given='batch 1 seq features',
)
FREQ, T, C = 13, 31, 4


class DeepSpeech(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, C, (5, 3), stride=(2, 1), padding=(2, 1)), nn.Hardtanh(0, 20))
        self.rnn = nn.LSTM(7 * C, 9, bidirectional=True)
        self.fc = nn.Linear(9, 6)

    def forward(self, x):
        x = self.conv(x)
        n, channels, bands, steps = x.size()
        x = x.view(n, channels * bands, steps).transpose(1, 2).transpose(0, 1).contiguous()
        x, _ = self.rnn(x)  # BUG
        x = x.view(x.size(0), x.size(1), 2, -1).sum(2)
        return self.fc(x).transpose(0, 1)


def _spect():
    torch.manual_seed(1)
    return torch.rand(T, FREQ)


def make():
    torch.manual_seed(0)
    spect = _spect()
    return DeepSpeech(), (spect.view(1, 1, spect.size(0), spect.size(1)),), None  # BUG


def fixed():
    torch.manual_seed(0)
    return DeepSpeech(), (_spect().t()[None, None].contiguous(),), None


def run(model, inputs, targets):
    return model(*inputs)  # BUG

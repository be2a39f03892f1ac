"""Spectrogram from torchaudio with its channel axis, given to an LSTM as it comes."""
import torch
from torch import nn

META = dict(
    id='c343', source='torchaudio + LSTM questions (MelSpectrogram gives (channel, mels, time), batched: 4-D)',
    title='LSTM: Expected input to be 2D or 3D, got 4D instead',
    loud=True, cause='input_4d',
    explanation='The batch is (batch, 1, mels, frames). The LSTM wants (batch, frames, mels): drop the channel axis '
                'and '
                'exchange the other '
                'two.',
    fix='self.rnn(spec.squeeze(1).transpose(1, 2))',
    layout='batch channel features seq',
)


class SoundLSTM(nn.Module):
    def __init__(self, mels=7, hidden=9, classes=5):
        super().__init__()
        self.rnn = nn.LSTM(mels, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, spec):
        out, (h, c) = self.rnn(spec)  # BUG
        return self.fc(h[-1])


class SoundLSTMFixed(SoundLSTM):
    def forward(self, spec):
        out, (h, c) = self.rnn(spec.squeeze(1).transpose(1, 2))
        return self.fc(h[-1])


def _spec():
    torch.manual_seed(1)
    return (torch.rand(4, 1, 7, 12),)


def make():
    torch.manual_seed(0)
    return SoundLSTM(), _spec(), None


def fixed():
    torch.manual_seed(0)
    return SoundLSTMFixed(), _spec(), None


def run(model, inputs, targets):
    return model(*inputs)

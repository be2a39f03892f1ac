"""Speech enhancement: the mask of the BLSTM is applied to the spectrogram of another layout, frames == bins."""
import torch
from torch import nn

META = dict(
    id='c226', source='forum question on spectrogram masks (freq, time) vs (time, freq)',
    title='Mask (batch, time, freq) times spectrogram (batch, freq, time)',
    loud=False, cause='feature_seq_swapped',
    explanation='The network reads (batch, time, freq) after a transpose that was forgotten: with as many frames '
                'as bins nothing raises, and time is taken for frequency.',
    fix='x = spec.transpose(1, 2)',
    layout='batch freq seq',
)
N = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blstm = nn.LSTM(N, 5, batch_first=True, bidirectional=True)  # BUG
        self.mask = nn.Linear(10, N)

    def frames(self, spec):
        return spec  # BUG

    def forward(self, spec):
        out, _ = self.blstm(self.frames(spec))  # BUG
        return torch.sigmoid(self.mask(out)) * self.frames(spec)


class NetFixed(Net):
    def frames(self, spec):
        return spec.transpose(1, 2)


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(4, N, N),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

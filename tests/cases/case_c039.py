"""Lengths in raw samples given for frames: pack_padded_sequence refuses."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c039',
    source='espnet/espnet#632 (pull request on subsampled lengths); own re-creation',
    title='Lengths of the waveform used after the convolution',
    loud=True,
    cause='lengths_wrong_unit',
    explanation='The stride-4 convolution leaves 10 frames; the lengths still count the 40 samples of the waveform.',
    fix='lengths = (lengths - 4) // 4 + 1',
    layout=['batch seq', None],
)
H = 5


class Wave(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 6, 4, stride=4)
        self.gru = nn.GRU(6, H, batch_first=True)

    def frames(self, lengths):
        return lengths  # BUG

    def forward(self, wave, lengths):
        x = torch.relu(self.conv(wave.unsqueeze(1))).transpose(1, 2)
        packed = pack_padded_sequence(x, self.frames(lengths), batch_first=True, enforce_sorted=False)  # BUG
        _, h = self.gru(packed)
        return h[-1]


class WaveFixed(Wave):
    def frames(self, lengths):
        return (lengths - 4) // 4 + 1


def _data():
    torch.manual_seed(1)
    return torch.randn(3, 40), torch.tensor([40, 22, 33])


def make():
    torch.manual_seed(0)
    return Wave(), _data(), None


def fixed():
    torch.manual_seed(0)
    return WaveFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Speech encoder: CNN maps (batch, channels, freq, time) viewed as (batch, time, channels * freq)."""
import torch
from torch import nn

META = dict(
    id='c003',
    source='sooftware/kospeech#82 (pull request); same in vitrioil/Speech-Separation#4',
    title='view from B x C x D x T to B x T x (C*D) without a permute',
    loud=False,
    cause='view_not_permute',
    explanation='The time axis is last; view cuts the memory into T rows, so every "frame" of the GRU is a piece of'
                ' one frequency band over several times.',
    fix='maps.permute(0, 3, 1, 2).flatten(2)',
    layout='batch features seq',
)
MEL, T, C, H = 8, 11, 3, 6


class SpeechEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, C, 3, padding=1), nn.Hardtanh(0, 20), nn.MaxPool2d((2, 1)))
        self.gru = nn.GRU(C * MEL // 2, H, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * H, 5)

    def frames(self, maps):
        n, channels, bands, steps = maps.size()
        return maps.contiguous().view(n, steps, channels * bands)  # BUG

    def forward(self, spectrogram):
        maps = self.conv(spectrogram.unsqueeze(1))
        out, _ = self.gru(self.frames(maps))  # BUG
        return self.out(out).log_softmax(-1)


class SpeechEncoderFixed(SpeechEncoder):
    def frames(self, maps):
        return maps.permute(0, 3, 1, 2).flatten(2)


def _x():
    torch.manual_seed(1)
    return (torch.rand(3, MEL, T),)


def make():
    torch.manual_seed(0)
    return SpeechEncoder(), _x(), None


def fixed():
    torch.manual_seed(0)
    return SpeechEncoderFixed(), _x(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Piano transcription: a batch-first BiLSTM followed by a second LSTM that is not."""
import torch
from torch import nn

META = dict(
    id='c314', source='music transcription models with two LSTMs in public code',
    title='Second LSTM of an onset/frame stack lacks batch_first',
    loud=False, cause='mixed_batch_first',
    explanation='The onset LSTM works on (batch, time, ...), the frame LSTM on the same tensor as (time, batch, '
                '...): it '
                'recurs over the '
                'recordings of the batch.',
    fix='self.frame_rnn = nn.LSTM(..., batch_first=True)',
    layout='batch seq features',
)
BINS, KEYS, H = 10, 12, 6


class OnsetsFrames(nn.Module):
    def __init__(self):
        super().__init__()
        self.onset_rnn = nn.LSTM(BINS, H, bidirectional=True, batch_first=True)
        self.onset_norm = nn.LayerNorm(2 * H)
        self.onset_head = nn.Linear(2 * H, KEYS)
        self.frame_rnn = nn.LSTM(KEYS + BINS, H)  # BUG
        self.frame_head = nn.Linear(H, KEYS)

    def forward(self, spec):
        a, _ = self.onset_rnn(spec)
        onsets = torch.sigmoid(self.onset_head(self.onset_norm(a)))
        joined = torch.cat((onsets.detach(), spec), dim=-1)
        b, _ = self.frame_rnn(joined)  # BUG
        return onsets, torch.sigmoid(self.frame_head(b))


class OnsetsFramesFixed(OnsetsFrames):
    def __init__(self):
        super().__init__()
        self.frame_rnn = nn.LSTM(KEYS + BINS, H, batch_first=True)


def _spec():
    torch.manual_seed(1)
    return (torch.randn(5, 9, BINS),)


def make():
    torch.manual_seed(0)
    return OnsetsFrames(), _spec(), None


def fixed():
    torch.manual_seed(0)
    return OnsetsFramesFixed(), _spec(), None


def run(model, inputs, targets):
    return model(*inputs)

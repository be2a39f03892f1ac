"""Video classifier: per-frame CNN codes (batch, frames, emb) into an LSTM that is seq-first."""
import torch
from torch import nn

META = dict(
    id='c001',
    source='HHTseng/video-classification#42 (DecoderRNN)',
    title='DecoderRNN: batch on axis 0 and time on axis 1, but nn.LSTM without batch_first',
    loud=False,
    cause='batch_seq_swapped',
    explanation='The frame codes are stacked to (batch, frames, emb). The LSTM recurs over the clips of the batch, '
                'and out[:, -1] is the last frame fed through a recurrence over clips.',
    fix='nn.LSTM(emb, hidden, layers, batch_first=True)',
    layout='batch seq channels height width',
)


class FrameEncoder(nn.Module):
    def __init__(self, emb=6):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 4, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 3 * 3, emb))

    def forward(self, clips):
        codes = [self.conv(clips[:, t]) for t in range(clips.size(1))]
        return torch.stack(codes, dim=0).transpose(0, 1)


class DecoderRNN(nn.Module):
    def __init__(self, **kwargs):
        super().__init__()
        self.lstm = nn.LSTM(6, 9, num_layers=2, **kwargs)  # BUG
        self.fc1, self.fc2 = nn.Linear(9, 7), nn.Linear(7, 3)

    def forward(self, codes):
        self.lstm.flatten_parameters()
        out, (h_n, h_c) = self.lstm(codes, None)  # BUG
        x = torch.relu(self.fc1(out[:, -1, :]))
        return self.fc2(x)


def _clips():
    torch.manual_seed(1)
    return (torch.rand(4, 6, 1, 8, 8),)


def make():
    torch.manual_seed(0)
    return nn.Sequential(FrameEncoder(), DecoderRNN()), _clips(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return nn.Sequential(FrameEncoder(), DecoderRNN(batch_first=True)), _clips(), None


def run(model, inputs, targets):
    return model(*inputs)

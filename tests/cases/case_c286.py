"""Conv2d front end on spectrograms (batch, 1, freq, time), then a BiLSTM over time."""
import torch
from torch import nn

META = dict(
    id='c286', source='sooftware/kospeech#82 (B x D x C x T cannot become B x T x C x D with view)',
    title='conv_feat.view(batch, time, channels * freq)',
    loud=False, cause='view_not_permute',
    explanation='The convolution gives (batch, channels, freq, time). A view to (batch, time, channels*freq) cuts the '
                'memory '
                'into equal pieces: what is called a time step is a stretch of one frequency row.',
    fix='conv_feat.permute(0, 3, 1, 2).flatten(2)',
    layout='batch channel features seq',
)


class ConvListener(nn.Module):
    def __init__(self, freq=10, maps=4, hid=9, vocab=6):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, maps, 3, padding=1), nn.BatchNorm2d(maps), nn.Hardtanh(0, 20),
            nn.MaxPool2d((2, 1)),
        )
        self.blstm = nn.LSTM(maps * (freq // 2), hid, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hid, vocab)

    def to_steps(self, feat):
        b, c, f, t = feat.size()
        return feat.contiguous().view(b, t, c * f)  # BUG

    def forward(self, spec):
        out, _ = self.blstm(self.to_steps(self.conv(spec)))  # BUG
        return self.fc(out).log_softmax(dim=-1)


class ConvListenerRight(ConvListener):
    def to_steps(self, feat):
        return feat.permute(0, 3, 1, 2).flatten(2)


def _x():
    torch.manual_seed(67)
    return (torch.randn(3, 1, 10, 17),)


def make():
    torch.manual_seed(0)
    return ConvListener(), _x(), None


def fixed():
    torch.manual_seed(0)
    return ConvListenerRight(), _x(), None


def run(model, inputs, targets):
    return model(*inputs)

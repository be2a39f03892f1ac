"""DeepSpeech-like model: output sizes of the convolutions folded as (time, batch, features) with a view."""
import torch
from torch import nn

META = dict(
    id='c246', source='GitHub DeepSpeech clones (x.view(T, N, -1) after the convolutions)',
    title='Collapsing feature dimension with view only',
    loud=False, cause='view_not_permute',
    explanation='The maps are (N, C, F, T). Viewing them as (T, N, C * F) reads memory in its order; a permute '
                'has to come first.',
    fix='x.view(N, C * F, T).permute(2, 0, 1)',
    layout='batch channels freq seq',
)
C, FR, H = 3, 4, 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, C, 3, padding=1), nn.BatchNorm2d(C), nn.Hardtanh(0, 20))
        self.rnn = nn.GRU(C * FR, H, bidirectional=True)
        self.fc = nn.Linear(2 * H, 6)

    def collapse(self, x):
        n, c, f, t = x.shape
        return x.view(t, n, c * f)  # BUG

    def forward(self, spec):
        x, _ = self.rnn(self.collapse(self.conv(spec)))  # BUG
        return self.fc(x).log_softmax(-1)


class NetFixed(Net):
    def collapse(self, x):
        n, c, f, t = x.shape
        return x.view(n, c * f, t).permute(2, 0, 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(2, 1, FR, 7),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Deep-Speech-like: 2-D convolutions with masking, (channels * bands) folded, packed seq-first BiRNN, directions
summed."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='y048',
    source='own', title='masked convolutions and packed seq-first RNN on spectrograms', loud=False, cause='none',
    explanation='(N, C, D, T) -> view(N, C*D, T) merges neighbouring axes, then T goes first. Lengths are halved '
                'like the frames.',
    layout=['batch 1 features seq', 'batch'],
)


class DeepSpeech(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, (3, 3), stride=(2, 2), padding=(1, 1))
        self.rnn = nn.GRU(3 * 4, 6, bidirectional=True)
        self.bn = nn.BatchNorm1d(6)
        self.fc = nn.Linear(6, 9, bias=False)

    def forward(self, spec, frames):
        x = self.conv(spec)
        n, c, d, t = x.size()
        lengths = (frames + 1) // 2
        x = x.masked_fill(torch.arange(t) >= lengths.view(-1, 1, 1, 1), 0.)
        x = torch.relu(x).view(n, c * d, t).permute(2, 0, 1).contiguous()
        x, _ = self.rnn(pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False))
        x, _ = pad_packed_sequence(x, total_length=t)
        x = x.view(t, n, 2, -1).sum(2)
        x = self.bn(x.reshape(t * n, -1)).view(t, n, -1)
        return self.fc(x).log_softmax(-1).transpose(0, 1), lengths


def _inputs():
    torch.manual_seed(1)
    frames = torch.tensor([9, 16, 12, 6])
    spec = torch.rand(4, 1, 8, 16) * (torch.arange(16) < frames.view(-1, 1, 1, 1))
    return spec, frames


def make():
    torch.manual_seed(0)
    return DeepSpeech(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

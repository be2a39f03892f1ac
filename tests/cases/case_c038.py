"""Output lengths of a subsampling front end computed twice: packing cuts off real frames."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c038',
    source='openspeech-team/openspeech#76',
    title='conv2d_subsampling: output_lengths divided again after they were updated',
    loud=False,
    cause='lengths_wrong_unit',
    explanation='The lengths are already in frames after the pooling; halving them again packs only half of every '
                'recording.',
    fix='use the lengths returned by the front end as they are',
    layout=['batch seq features', None],
)
D, C, H = 4, 6, 5


class FrontEnd(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(D, C, 3, stride=2, padding=1)

    def forward(self, x, lengths):
        return torch.relu(self.conv(x.transpose(1, 2))).transpose(1, 2), (lengths + 1) // 2


class Recognizer(nn.Module):
    def __init__(self):
        super().__init__()
        self.front = FrontEnd()
        self.rnn = nn.LSTM(C, H, batch_first=True)
        self.out = nn.Linear(H, 3)

    def after(self, lengths):
        return lengths >> 1  # BUG

    def forward(self, x, lengths):
        x, lengths = self.front(x, lengths)
        lengths = self.after(lengths)
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)  # BUG
        packed, (h, _) = self.rnn(packed)
        out, n = pad_packed_sequence(packed, batch_first=True, total_length=x.size(1))
        return self.out(out).log_softmax(-1), h[-1]


class RecognizerFixed(Recognizer):
    def after(self, lengths):
        return lengths


def _data():
    torch.manual_seed(1)
    lengths = torch.tensor([16, 12, 14])
    x = torch.randn(3, 16, D) * (torch.arange(16) < lengths[:, None]).unsqueeze(-1)
    return x, lengths


def make():
    torch.manual_seed(0)
    return Recognizer(), _data(), None


def fixed():
    torch.manual_seed(0)
    return RecognizerFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Speech recogniser: lengths in loader order, packed with enforce_sorted left at True."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c072',
    source='yeyupiaoling/MASR#64 (also bentrevett/pytorch-sentiment-analysis#37)',
    title='lengths array must be sorted in decreasing order',
    loud=True,
    cause='lengths_unsorted',
    explanation='The batch is in loader order. enforce_sorted=True demands decreasing lengths.',
    fix='pack_padded_sequence(..., enforce_sorted=False)',
    layout=['batch seq features', None],
)
D, H = 6, 5


class Encoder(nn.Module):
    options = dict(batch_first=True)

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(D, H, 2, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(2 * H)

    def forward(self, x, x_lens):
        packed = pack_padded_sequence(x, x_lens.cpu(), **self.options)  # BUG
        packed, _ = self.rnn(packed)
        x, _ = pad_packed_sequence(packed, batch_first=True)
        return self.norm(x)


class EncoderFixed(Encoder):
    options = dict(batch_first=True, enforce_sorted=False)


def _data():
    torch.manual_seed(1)
    return torch.randn(3, 9, D), torch.tensor([6, 9, 4])


def make():
    torch.manual_seed(0)
    return Encoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return EncoderFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

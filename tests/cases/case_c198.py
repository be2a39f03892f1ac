"""nn.MultiheadAttention left seq-first gets a (batch, seq) padding mask."""
import torch
from torch import nn

META = dict(
    id='c198', source='forum question "key_padding_mask.shape expected"',
    title='expecting key_padding_mask shape of (7, 4), but got torch.Size([4, 7])',
    loud=True, cause='mha_batch_first',
    explanation='The data is (batch, seq, dim), the module is seq-first; the mask shows it, because its shape is '
                'the other way round.',
    fix='nn.MultiheadAttention(D, 2, batch_first=True)',
    layout=[ "batch seq features", "batch seq"],
)
D = 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, D, batch_first=True)
        self.attention = nn.MultiheadAttention(D, 2)  # BUG

    def forward(self, x, padding):
        out, _ = self.lstm(x)
        return self.attention(out, out, out, key_padding_mask=padding)[0]  # BUG


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(D, 2, batch_first=True)


def _inputs():
    torch.manual_seed(1)
    padding = torch.arange(7) >= torch.tensor([7, 4, 5, 6])[:, None]
    return (torch.randn(4, 7, 3), padding), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

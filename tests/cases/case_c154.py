"""Review model: hidden state of the sequences sorted for packing joined with metadata in the loader's order."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c154', source='discuss.pytorch.org thread on sorting a mini-batch by length (packed RNN with extra features)',
    title='How to keep other features aligned after sorting the batch by length',
    loud=False, cause='sort_not_undone',
    explanation='The texts are sorted by length, the metadata is not: the state of one review is joined with the '
                'metadata of another.',
    fix='h = h[:, torch.argsort(order)]',
    layout=[ "batch seq features", "batch features", None],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 6, batch_first=True)
        self.out = nn.Linear(6 + 3, 2)

    def back(self, h, order):
        return h  # BUG

    def forward(self, text, meta, lengths):
        order = torch.argsort(lengths, descending=True)
        packed = pack_padded_sequence(text[order], lengths[order], batch_first=True)
        _, h = self.gru(packed)
        h = self.back(h[-1], order)
        return self.out(torch.cat([h, meta], dim=1))  # BUG


class NetFixed(Net):
    def back(self, h, order):
        return h[torch.argsort(order)]


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([3, 7, 5, 6])
    text = torch.randn(4, 7, 4) * (torch.arange(7)[None, :, None] < lengths[:, None, None])
    return (text, torch.randn(4, 3), lengths), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

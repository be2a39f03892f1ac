"""Lengths-aware model: sum over masked steps divided by lengths in the data's order, sorted copy for packing."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='t087', source='sentence encoders',
    title='Sorted copy of the lengths',
    explanation='The lengths that divide are those of the data.',
    layout=[ "batch seq features", None],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 5, batch_first=True)

    def forward(self, x, lengths):
        s, order = lengths.sort(descending=True)
        out, _ = pad_packed_sequence(self.gru(pack_padded_sequence(x[order], s, batch_first=True))[0], batch_first=True)
        means = out.sum(1) / s.unsqueeze(1)
        return means[order.argsort()], out[order.argsort()].sum(1) / lengths.unsqueeze(1).float()


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([4, 7, 2, 6])
    return (torch.randn(4, 7, 3) * (torch.arange(7)[None, :, None] < lengths[:, None, None]), lengths), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

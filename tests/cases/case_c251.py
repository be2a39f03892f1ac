"""Emotion recogniser: utterance lengths sorted, packed outputs returned, labels of the loader compared with them."""
import torch
from torch import nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c251', source='forum question on sorted batches and the loss',
    title='The loss compares sorted predictions with unsorted labels',
    loud=False, cause='sort_not_undone',
    explanation='The predictions come back in the order of falling lengths, the targets stay as loaded.',
    fix='logits[order.argsort()]',
    layout=[ "batch seq features", "batch classes", None],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 5, batch_first=True)
        self.fc = nn.Linear(5, 3)

    def restore(self, logits, order):
        return logits  # BUG

    def forward(self, x, lengths):
        lengths, order = torch.sort(lengths, descending=True)
        _, h = self.gru(pack_padded_sequence(x.index_select(0, order), lengths, batch_first=True))  # BUG
        return self.restore(self.fc(h[-1]), order)


class NetFixed(Net):
    def restore(self, logits, order):
        return logits[order.argsort()]


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([4, 7, 2, 6])
    x = torch.randn(4, 7, 3) * (torch.arange(7)[None, :, None] < lengths[:, None, None])
    return (x, torch.rand(4, 3), lengths), None


def run(model, inputs, targets):
    x, y, lengths = inputs
    return F.binary_cross_entropy_with_logits(model(x, lengths), y)  # BUG


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

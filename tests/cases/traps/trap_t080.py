"""A batch given as a list of dicts, collated inside, sorted, packed, put back; lengths from a mask."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='t080', source='production inference code',
    title='Collate, sort and restore',
    explanation='What is sorted is put back with the inverse permutation.',
    layout=[ "batch seq features", None],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, batch_first=True)

    def forward(self, x, mask):
        lengths = mask.sum(1)
        order = lengths.argsort(descending=True)
        back = torch.empty_like(order)
        back[order] = torch.arange(len(order))
        packed = pack_padded_sequence(x[order], lengths[order], batch_first=True)
        out, (h, _) = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True, total_length=x.size(1))
        return {"steps": out[back], "last": h[-1][back]}


def _inputs():
    torch.manual_seed(1)
    mask = torch.arange(7) < torch.tensor([4, 7, 2, 5])[:, None]
    return (torch.randn(4, 7, 3) * mask.unsqueeze(-1), mask), None


def run(model, inputs, targets):
    found = model(*inputs)
    return found["steps"], found["last"]


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())

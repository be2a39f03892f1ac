"""Battery cycles sorted by length for packing; the static cell data is joined in the old order."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c296', source='pytorch/pytorch#4927 and ruotianluo/self-critical.pytorch#125 (sort, pack, unsort by hand)',
    title='Hidden state in sorted order, static covariates and targets in data order',
    loud=False, cause='sort_not_undone',
    explanation='After index_select the rows are in order of length. The final state is not put back, so it is '
                'concatenated with '
                'the static data of another cell and compared with its target.',
    fix='h = h[order.argsort()]',
    layout=['batch seq features', 'batch', 'batch features'],
)


class CellLife(nn.Module):
    def __init__(self, d=3, d_static=2, hid=6):
        super().__init__()
        self.rnn = nn.GRU(d, hid, batch_first=True)
        self.reg = nn.Sequential(nn.Linear(hid + d_static, 8), nn.Tanh(), nn.Linear(8, 1))

    def restore(self, h, order):
        return h

    def forward(self, cycles, n_cycles, static):
        n_sorted, order = torch.sort(n_cycles, descending=True)
        packed = pack_padded_sequence(cycles.index_select(0, order), n_sorted.cpu(), batch_first=True)  # BUG
        h = self.restore(self.rnn(packed)[1][-1], order)  # BUG
        return self.reg(torch.cat((h, static), dim=1)).squeeze(1)  # BUG


class CellLifeRight(CellLife):
    def restore(self, h, order):
        return h.index_select(0, order.argsort())


def _data():
    torch.manual_seed(109)
    n = torch.tensor([3, 9, 6, 4, 8, 7])
    x = torch.randn(6, 9, 3) * (torch.arange(9)[None, :, None] < n[:, None, None])
    return (x, n, torch.randn(6, 2)), torch.randn(6)


def make():
    torch.manual_seed(0)
    return (CellLife(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (CellLifeRight(),) + _data()


def run(model, inputs, targets):
    pred = model(*inputs)
    return pred, nn.functional.l1_loss(pred, targets)

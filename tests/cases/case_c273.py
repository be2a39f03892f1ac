"""Seq2seq with teacher forcing: the true value of the previous step is taken with y_true[k]."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c273', source='recurring mistake: seq-first tutorial loop (target[t]) kept after moving to batch-first data',
    title='Teacher forcing feeds y_true[k], the k-th sample, to the decoder cell',
    loud=False, cause='cell_loop_axis',
    explanation='y_true is (batch, horizon, 1). y_true[k] is the whole horizon of sample k, and as batch == horizon '
                'its '
                'shape '
                '(horizon, 1) is accepted as one value per sample.',
    fix='y_in = y_true[:, k]',
    layout=['batch seq features', 'batch seq features'],
)


class Seq2Seq(nn.Module):
    def __init__(self, n_feat=3, n_hid=9):
        super().__init__()
        self.n_hid = n_hid
        self.enc_cell = nn.LSTMCell(n_feat, n_hid)
        self.dec_cell = nn.LSTMCell(1, n_hid)
        self.fc = nn.Linear(n_hid, 1)

    def encode(self, x):
        hx = x.new_zeros(x.size(0), self.n_hid)
        cx = torch.zeros_like(hx)
        for t in range(x.size(1)):
            hx, cx = self.enc_cell(x[:, t], (hx, cx))
        return hx, cx

    def teacher(self, y_true, k):
        return y_true[k]  # BUG

    def forward(self, x, y_true):
        hx, cx = self.encode(x)
        y_in = x[:, -1, :1]
        outputs = []
        for k in range(y_true.size(1)):
            hx, cx = self.dec_cell(y_in, (hx, cx))  # BUG
            outputs.append(self.fc(hx))
            y_in = self.teacher(y_true, k)
        return torch.stack(outputs, dim=1)


class Seq2SeqRight(Seq2Seq):
    def teacher(self, y_true, k):
        return y_true[:, k]


def _data():
    torch.manual_seed(6)
    return torch.randn(5, 12, 3), torch.randn(5, 5, 1)


def make():
    torch.manual_seed(0)
    x, y = _data()
    return Seq2Seq(), (x, y), y


def fixed():
    torch.manual_seed(0)
    x, y = _data()
    return Seq2SeqRight(), (x, y), y


def run(model, inputs, targets):
    return model(*inputs)

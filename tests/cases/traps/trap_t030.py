"""Learned initial state expanded to the batch; rows and columns of an image by two GRUs."""
import torch
from torch import nn

META = dict(
    id='t030',
    source='own; ReNet-like image rows and columns',
    title='self.h0.expand(-1, batch, -1), rows folded into the batch, then columns',
    explanation='Rows of one image share its batch entry; folds and unfolds are in the same order.',
    layout='batch channels height width',
)
C, H = 2, 3


class ReNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = nn.GRU(C, H, batch_first=True, bidirectional=True)
        self.cols = nn.GRU(2 * H, H, batch_first=True, bidirectional=True)
        self.h0 = nn.Parameter(torch.randn(2, 1, H))
        self.fc = nn.Linear(2 * H, 4)

    def sweep(self, rnn, grid):                                      # (b, lines, steps, features)
        b, lines, steps, width = grid.shape
        flat = grid.reshape(b * lines, steps, width)
        out, _ = rnn(flat, self.h0.expand(-1, b * lines, -1).contiguous())
        return out.reshape(b, lines, steps, 2 * H)

    def forward(self, images):
        grid = images.movedim(1, -1)
        grid = self.sweep(self.rows, grid)
        grid = self.sweep(self.cols, grid.transpose(1, 2)).transpose(1, 2)
        return self.fc(grid.amax(dim=(1, 2)))


def fixed():
    torch.manual_seed(0)
    model = ReNet()
    torch.manual_seed(1)
    return model, (torch.rand(3, C, 5, 6),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

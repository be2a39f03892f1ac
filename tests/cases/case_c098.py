"""Attention pooling over a BiGRU with softmax over the batch (dim=0 of (batch, seq))."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c098',
    source='own; attention code of seq-first origin used batch first',
    title='F.softmax(scores, dim=0) on (batch, seq)',
    loud=False,
    cause='softmax_axis',
    explanation='dim=0 is the batch here: the weights of one step sum to one over the samples.',
    fix='F.softmax(scores, dim=1)',
    layout=['batch seq features', 'batch seq'],
)
D, H = 5, 4


class AttentivePooling(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.gru = nn.GRU(D, H, batch_first=True, bidirectional=True)
        self.query = nn.Parameter(torch.randn(2 * H))
        self.fc = nn.Linear(2 * H, 2)

    def forward(self, x, mask):
        out, _ = self.gru(x)
        scores = torch.tanh(out) @ self.query
        scores = scores.masked_fill(~mask, -1e9)
        alpha = F.softmax(scores, dim=self.dim)  # BUG
        return self.fc(torch.einsum('bt,bth->bh', alpha, out))


def _data():
    torch.manual_seed(1)
    return torch.randn(4, 6, D), torch.arange(6) < torch.tensor([6, 4, 5, 3])[:, None]


def make():
    torch.manual_seed(0)
    return AttentivePooling(0), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return AttentivePooling(1), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

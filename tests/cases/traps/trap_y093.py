"""Child-sum Tree-LSTM over padded trees, children summed by bmm."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y093', source='own', loud=False, cause='none',
    title='Child-sum Tree-LSTM over padded trees, children summed by bmm',
    explanation=(
        'Nodes of one tree mix through the adjacency of their own sample; nodes fold into rows of the '
        'linear layers only.'), fix='',
    layout=['batch nodes features', 'batch nodes nodes'],
)


class ChildSum(nn.Module):
    def __init__(self, d=6, h=7, classes=4, depth=4):
        super().__init__()
        self.h, self.depth = h, depth
        self.iou_x, self.iou_h = nn.Linear(d, 3 * h), nn.Linear(h, 3 * h, bias=False)
        self.f_x, self.f_h = nn.Linear(d, h), nn.Linear(h, h, bias=False)
        self.out = nn.Linear(h, classes)

    def forward(self, x, child):
        # child[b, i, j] = 1 where node j is a child of node i
        b, n, _ = x.shape
        h, c = x.new_zeros(b, n, self.h), x.new_zeros(b, n, self.h)
        iou_x, f_x = self.iou_x(x), self.f_x(x)
        for _ in range(self.depth):
            i, o, u = (iou_x + self.iou_h(child @ h)).chunk(3, dim=-1)
            f = torch.sigmoid(f_x.unsqueeze(2) + self.f_h(h).unsqueeze(1))
            kept = (child.unsqueeze(3) * f * c.unsqueeze(1)).sum(2)
            c = torch.sigmoid(i) * torch.tanh(u) + kept
            h = torch.sigmoid(o) * torch.tanh(c)
        return self.out(h[:, 0]), h


def make():
    torch.manual_seed(0)
    m = ChildSum()
    torch.manual_seed(1)
    b, n = 5, 8
    child = torch.zeros(b, n, n)
    for k in range(b):
        for j in range(1, n - k % 3):
            child[k, (j - 1) // 2 if k % 2 else (j - 1) // 3, j] = 1.
    return m, (torch.randn(b, n, 6), child), torch.randint(0, 4, (b,))


fixed = make


def run(model, inputs, targets):
    logits, _ = model(*inputs)
    return F.cross_entropy(logits, targets)

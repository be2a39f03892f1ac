"""Child-sum Tree-LSTM: the nodes of one depth of all trees are the rows of one cell call."""
import torch
from torch import nn

META = dict(
    id='y036', source='own', title='tree model with the nodes of a level as the batch', loud=False, cause='none',
    explanation='All trees share one shape here; at each depth the nodes are folded into the rows, children are '
                'summed per parent.',
    layout='batch nodes',
)
# node 0 is the root; children of 0: 1, 2; of 1: 3, 4; of 2: 5, 6
LEVELS = [[3, 4, 5, 6], [1, 2], [0]]
CHILDREN = {0: (1, 2), 1: (3, 4), 2: (5, 6)}


class ChildSum(nn.Module):
    def __init__(self, vocab=16, dim=5, hid=6, classes=3):
        super().__init__()
        self.hid = hid
        self.emb = nn.Embedding(vocab, dim)
        self.iou = nn.Linear(dim + hid, 3 * hid)
        self.fx, self.fh = nn.Linear(dim, hid), nn.Linear(hid, hid)
        self.out = nn.Linear(hid, classes)

    def cell(self, x, h_kids, c_kids):
        i, o, u = self.iou(torch.cat([x, h_kids.sum(-2)], -1)).chunk(3, -1)
        f = torch.sigmoid(self.fx(x).unsqueeze(-2) + self.fh(h_kids))
        c = torch.sigmoid(i) * torch.tanh(u) + (f * c_kids).sum(-2)
        return torch.sigmoid(o) * torch.tanh(c), c

    def forward(self, labels):
        n = labels.size(0)
        x = self.emb(labels)
        state = {}
        for level in LEVELS:
            rows = x[:, level].flatten(0, 1)                                          # (n * nodes, dim)
            if level[0] in CHILDREN:
                kids = [[state[k] for k in CHILDREN[p]] for p in level]
                h_kids = torch.stack([torch.stack([h for h, _ in two], 1) for two in kids], 1).flatten(0, 1)
                c_kids = torch.stack([torch.stack([c for _, c in two], 1) for two in kids], 1).flatten(0, 1)
            else:
                h_kids = c_kids = rows.new_zeros(rows.size(0), 1, self.hid)
            h, c = self.cell(rows, h_kids, c_kids)
            h, c = h.unflatten(0, (n, len(level))), c.unflatten(0, (n, len(level)))
            state.update({p: (h[:, j], c[:, j]) for j, p in enumerate(level)})
        return self.out(state[0][0])


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, 16, (4, 7)),)


def make():
    torch.manual_seed(0)
    return ChildSum(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

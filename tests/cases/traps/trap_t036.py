"""Multi-head attention by hand on a GRU: heads folded into the batch with view and transpose."""
import torch
from torch import nn

META = dict(
    id='t036',
    source='own',
    title='(batch, seq, heads * d) -> (batch * heads, seq, d) and back, causal mask',
    explanation='The transpose comes before the fold; softmax runs over the keys.',
    layout='batch seq features',
)
HEADS, D = 3, 4


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, HEADS * D, batch_first=True)
        self.qkv = nn.Linear(HEADS * D, 3 * HEADS * D)
        self.out = nn.Linear(HEADS * D, 2)

    def fold(self, x):
        b, t, _ = x.shape
        return x.view(b, t, HEADS, D).transpose(1, 2).reshape(b * HEADS, t, D)

    def forward(self, x):
        b, t, _ = x.shape
        x, _ = self.gru(x)
        q, k, v = (self.fold(part) for part in self.qkv(x).chunk(3, dim=-1))
        scores = torch.baddbmm(torch.zeros(1, dtype=q.dtype), q, k.transpose(1, 2), alpha=D ** -0.5)
        scores = scores + torch.full((t, t), float('-inf'), dtype=q.dtype).triu(1)
        mixed = torch.bmm(scores.softmax(dim=-1), v)
        mixed = mixed.view(b, HEADS, t, D).transpose(1, 2).contiguous().view(b, t, HEADS * D)
        return self.out(x + mixed)


def fixed():
    torch.manual_seed(0)
    model = Attention()
    torch.manual_seed(1)
    return model, (torch.randn(3, 6, 5),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

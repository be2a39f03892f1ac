"""Backward GRU by flip: the state at step 0 summarises the future."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y059', source='own',
    title='Backward GRU by flip: the state at step 0 summarises the future',
    explanation='Input and output are flipped on dim 1, so output[:, 0] of the reversed pass has read everything; '
                'each step sees its past and its future.',
    layout=['batch seq features'],
)


class FlipBack(nn.Module):
    def __init__(self, d=3, h=5):
        super().__init__()
        self.f = nn.GRU(d, h, batch_first=True)
        self.b = nn.GRU(d, h, batch_first=True)
        self.step = nn.Linear(2 * h, 1)
        self.whole = nn.Linear(h, 2)

    def forward(self, x):
        of, _ = self.f(x)
        ob, _ = self.b(x.flip(1))
        ob = ob.flip(1)
        past = F.pad(of[:, :-1], (0, 0, 1, 0))
        future = F.pad(ob[:, 1:], (0, 0, 0, 1))
        return self.step(torch.cat([past, future], -1)).squeeze(-1), self.whole(ob[:, 0])


def make():
    torch.manual_seed(0)
    m = FlipBack()
    torch.manual_seed(1)
    return m, (torch.randn(6, 9, 3),), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""Windows by unfold, overlapping chunks folded into the batch, hierarchical LSTM."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y067', source='own',
    title='Windows by unfold, overlapping chunks folded into the batch, hierarchical LSTM',
    explanation='unfold leaves (b, n, d, w); permute to (b, n, w, d), chunks of one sample stay side by side and '
                'are unfolded back to (b, n, h).',
    layout=['batch seq features'],
)


class Chunks(nn.Module):
    def __init__(self, d=3, h=6, w=4, hop=2):
        super().__init__()
        self.w, self.hop = w, hop
        self.inner = nn.LSTM(d, h, batch_first=True)
        self.outer = nn.LSTM(h, h, batch_first=True)
        self.head = nn.Linear(h, 2)

    def forward(self, x):
        c = x.unfold(1, self.w, self.hop).permute(0, 1, 3, 2)
        b, n, w, d = c.shape
        _, (h, _) = self.inner(c.reshape(b * n, w, d))
        o, _ = self.outer(h[-1].view(b, n, -1))
        return self.head(o[:, -1])


def make():
    torch.manual_seed(0)
    m = Chunks()
    torch.manual_seed(1)
    return m, (torch.randn(5, 12, 3), ), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

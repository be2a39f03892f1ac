"""Pyramidal BiLSTM: neighbouring steps joined by a reshape, time halves twice."""
import torch
from torch import nn

META = dict(
    id='t004',
    source='own; listener of listen-attend-spell models',
    title='reshape(batch, time // 2, 2 * features)',
    explanation='Joining step 2k and 2k+1 of one sample is what this reshape does; nothing crosses the batch.',
    layout='batch seq features',
)
D, H = 6, 5


class Listener(nn.Module):
    def __init__(self):
        super().__init__()
        self.bottom = nn.LSTM(D, H, batch_first=True, bidirectional=True)
        self.upper = nn.ModuleList(nn.LSTM(4 * H, H, batch_first=True, bidirectional=True) for _ in range(2))
        self.head = nn.Linear(2 * H, 7)

    def forward(self, x):
        x, _ = self.bottom(x)
        for layer in self.upper:
            n, steps, width = x.shape
            if steps % 2:
                x, steps = x[:, :-1], steps - 1
            x, _ = layer(x.contiguous().view(n, steps // 2, width * 2))
        return self.head(x).log_softmax(-1)


def fixed():
    torch.manual_seed(0)
    model = Listener()
    torch.manual_seed(1)
    return model, (torch.randn(3, 13, D),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

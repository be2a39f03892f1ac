"""Cross attention between two sequences, one of them of sets of items that are summed."""
import torch
from torch import nn

META = dict(
    id='t040',
    source='own',
    title='Cross attention between two sequences, key_padding_mask, sets of items',
    explanation='Items are an axis of features of the first input; the mask is per sample.',
    layout=['batch seq items features', 'batch other features', None],
)
F, G, H = 3, 4, 6


class Cross(nn.Module):
    def __init__(self):
        super().__init__()
        self.item = nn.Sequential(nn.Linear(F, H), nn.ReLU())
        self.left = nn.LSTM(H, H, batch_first=True)
        self.right = nn.GRU(G, H, batch_first=True)
        self.attn = nn.MultiheadAttention(H, 2, batch_first=True)
        self.norm, self.fc = nn.LayerNorm(H), nn.Linear(H, 2)

    def forward(self, sets, other, pad):
        left, _ = self.left(self.item(sets).sum(dim=2))
        right, _ = self.right(other)
        mixed, _ = self.attn(left, right, right, key_padding_mask=pad)
        return self.fc(self.norm(left + mixed))


def fixed():
    torch.manual_seed(0)
    model = Cross()
    torch.manual_seed(1)
    pad = torch.arange(7) >= torch.tensor([[7], [4], [5]])
    return model, (torch.randn(3, 5, 4, F), torch.randn(3, 7, G), pad), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

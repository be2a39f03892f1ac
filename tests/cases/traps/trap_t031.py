"""Masked mean, max and last-step pooling with lengths; CTC-like head."""
import torch
from torch import nn

META = dict(
    id='t031',
    source='own',
    title='Lengths made into masks, masked_fill(-inf).max, sum / lengths, gather',
    explanation='Each sample is pooled over its own real steps.',
    layout=['seq batch features', None],
)
D, H = 4, 6


class Pools(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H)
        self.fc = nn.Linear(3 * H, 2)

    def forward(self, x, lengths):
        out, _ = self.lstm(x)
        mask = (torch.arange(x.size(0)).unsqueeze(1) < lengths.unsqueeze(0)).unsqueeze(-1)
        mean = (out * mask).sum(0) / lengths.unsqueeze(-1)
        top = out.masked_fill(~mask, float('-inf')).max(dim=0).values
        index = (lengths - 1).view(1, -1, 1).expand(1, -1, H)
        last = out.gather(0, index).squeeze(0)
        return self.fc(torch.cat([mean, top, last], dim=1))


def fixed():
    torch.manual_seed(0)
    model = Pools()
    torch.manual_seed(1)
    return model, (torch.randn(9, 4, D), torch.tensor([9, 4, 6, 7])), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

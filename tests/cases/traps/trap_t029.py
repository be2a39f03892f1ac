"""Hand-made bidirectional GRU: flip within the lengths by index, two one-directional modules."""
import torch
from torch import nn

META = dict(
    id='t029',
    source='own',
    title='Reversing padded sequences with gather, flip and cumulative masks',
    explanation='The index reverses each sample within its own length; padding stays where it is.',
    layout=['batch seq features', None],
)
D, H = 3, 5


class TwoWays(nn.Module):
    def __init__(self):
        super().__init__()
        self.there, self.back = nn.GRU(D, H, batch_first=True), nn.GRU(D, H, batch_first=True)
        self.decay = nn.Parameter(torch.tensor(0.3))
        self.fc = nn.Linear(2 * H, 2)

    def forward(self, x, lengths):
        steps = torch.arange(x.size(1)).unsqueeze(0)
        mask = steps < lengths.unsqueeze(1)
        index = torch.where(mask, lengths.unsqueeze(1) - 1 - steps, steps).unsqueeze(-1)
        a, _ = self.there(x)
        b, _ = self.back(x.gather(1, index.expand_as(x)))
        b = b.gather(1, index.expand(-1, -1, H))
        age = mask.flip(1).to(x.dtype).cumsum(dim=1).flip(1) - 1
        weight = torch.exp(-self.decay * age) * mask
        out = torch.cat([a, b], dim=-1) * weight.unsqueeze(-1)
        return self.fc(out.sum(1) / weight.sum(1, keepdim=True))


def fixed():
    torch.manual_seed(0)
    model = TwoWays()
    torch.manual_seed(1)
    lengths = torch.tensor([8, 5, 6, 3])
    return model, (torch.randn(4, 8, D) * (torch.arange(8) < lengths[:, None]).unsqueeze(-1), lengths), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

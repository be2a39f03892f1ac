"""Neural ODE-like time gaps and exponential decay of the state (GRU-D), with missing values."""
import torch
from torch import nn

META = dict(
    id='t048',
    source='own; GRU-D for irregular series',
    title='Masks, last observed values by cummax of indices, decay of the state',
    explanation='cummax and gather run along the time of one sample and variable; the training mean is a buffer.',
    layout=['batch seq features', 'batch seq features'],
)
D, H = 3, 5


class GruD(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('mean', torch.tensor([0.1, -0.2, 0.3]))
        self.gamma_x, self.gamma_h = nn.Parameter(torch.rand(D)), nn.Linear(D, H)
        self.cell = nn.GRUCell(2 * D, H)
        self.fc = nn.Linear(H, 1)

    def forward(self, x, mask):
        steps = torch.arange(x.size(1)).view(1, -1, 1).expand_as(x)
        seen = torch.where(mask > 0, steps, torch.full_like(steps, -1)).cummax(dim=1).values
        last = torch.where(seen >= 0, x.gather(1, seen.clamp(min=0)), self.mean.to(x.dtype))
        gap = (steps - seen.clamp(min=0)).to(x.dtype)
        keep = torch.exp(-torch.relu(self.gamma_x * gap))
        filled = torch.where(mask > 0, x, keep * last + (1 - keep) * self.mean)
        h = x.new_zeros(x.size(0), H)
        for t in range(x.size(1)):
            h = h * torch.exp(-torch.relu(self.gamma_h(gap[:, t])))
            h = self.cell(torch.cat([filled[:, t], mask[:, t]], dim=-1), h)
        return self.fc(h).squeeze(-1)


def fixed():
    torch.manual_seed(0)
    model = GruD()
    torch.manual_seed(1)
    return model, (torch.randn(4, 7, D), (torch.rand(4, 7, D) > 0.4).float()), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

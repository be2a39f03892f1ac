"""LSTNet with the skip-RNN."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y086', source='own', loud=False, cause='none',
    title='LSTNet with the skip-RNN',
    explanation=(
        'The published view / permute folds the phase of the period into the batch as (pt, b * skip); '
        'the last state is viewed back to (b, skip * h).'), fix='',
    layout='batch seq features',
)


class LSTNet(nn.Module):
    def __init__(self, m=4, window=17, hid_c=6, hid_r=7, hid_s=3, kernel=4, skip=3, highway=5):
        super().__init__()
        self.m, self.hid_s, self.skip, self.hw = m, hid_s, skip, highway
        self.pt = (window - kernel) // skip
        self.conv1 = nn.Conv2d(1, hid_c, kernel_size=(kernel, m))
        self.gru1, self.gruskip = nn.GRU(hid_c, hid_r), nn.GRU(hid_c, hid_s)
        self.linear1 = nn.Linear(hid_r + skip * hid_s, m)
        self.highway = nn.Linear(highway, 1)

    def forward(self, x):
        b = x.size(0)
        c = F.relu(self.conv1(x.unsqueeze(1))).squeeze(3)
        _, r = self.gru1(c.permute(2, 0, 1).contiguous())
        r = r.squeeze(0)
        s = c[:, :, -self.pt * self.skip:].contiguous()
        s = s.view(b, c.size(1), self.pt, self.skip)
        s = s.permute(2, 0, 3, 1).contiguous()
        s = s.view(self.pt, b * self.skip, c.size(1))
        _, s = self.gruskip(s)
        r = torch.cat((r, s.view(b, self.skip * self.hid_s)), 1)
        z = x[:, -self.hw:, :].permute(0, 2, 1).contiguous().view(-1, self.hw)
        return self.linear1(r) + self.highway(z).view(-1, self.m)


def make():
    torch.manual_seed(0)
    m = LSTNet()
    torch.manual_seed(1)
    return m, (torch.randn(5, 17, 4),), torch.randn(5, 4)


fixed = make


def run(model, inputs, targets):
    return F.l1_loss(model(*inputs), targets)

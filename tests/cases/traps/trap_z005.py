"""Memory taken by torch.Tensor(sizes) and x.new(size) is filled in place: no part of it is a difference between runs."""
import torch
from torch import nn

META = dict(
    id='z005',
    source='zoo: pypots, nn/modules/vader; pytorch-widedeep, models/text/rnns',
    title='nn.init.zeros_(torch.Tensor(1, batch, hidden)); mu.new(mu.size()).normal_()',
    explanation='What the memory held before it was filled says nothing about the samples.',
    layout='batch seq features',
)


class Drawn(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 6, batch_first=True)
        self.mu, self.log_var = nn.Linear(6, 2), nn.Linear(6, 2)

    def forward(self, x):
        h_0 = nn.init.zeros_(torch.Tensor(1, x.shape[0], 6))
        _, h_n = self.rnn(x, h_0)
        mu = self.mu(h_n[-1])
        noise = mu.data.new(mu.size()).normal_()
        scale = mu.new([2.0, 0.5])
        return mu + (0.5 * self.log_var(h_n[-1])).exp() * noise * scale


def fixed():
    torch.manual_seed(0)
    model = Drawn()
    torch.manual_seed(1)
    return model, (torch.randn(5, 7, 3),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

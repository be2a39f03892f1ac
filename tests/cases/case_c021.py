"""State as (batch, layers, hidden) because the loader's batches are batch first; GRU, one tensor."""
import torch
from torch import nn

META = dict(
    id='c021',
    source='pytorch/pytorch#19675 (the same misreading of batch_first)',
    title='torch.zeros(batch, layers, hidden) as the initial state of a batch_first GRU',
    loud=True,
    cause='state_batch_first',
    explanation='h_0 is (layers * directions, batch, hidden) whatever batch_first says.',
    fix='x.new_zeros(layers, batch, hidden)',
    layout='batch seq features',
)
H, L = 6, 2


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(input_size=3, hidden_size=H, num_layers=L, batch_first=True)
        self.mu, self.logvar = nn.Linear(H, 2), nn.Linear(H, 2)

    def initial(self, x):
        return x.new_zeros(x.size(0), L, H)  # BUG

    def forward(self, x):
        _, h = self.gru(x, self.initial(x))  # BUG
        return {'mu': self.mu(h[-1]), 'logvar': self.logvar(h[-1])}


class EncoderFixed(Encoder):
    def initial(self, x):
        return x.new_zeros(L, x.size(0), H)


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, 8, 3),)


def make():
    torch.manual_seed(0)
    return Encoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return EncoderFixed(), _data(), None


def run(model, inputs, targets):
    out = model(*inputs)
    return out['mu'], out['logvar']

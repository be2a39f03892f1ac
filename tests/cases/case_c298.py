"""Initial state kept as a buffer of the loader's batch size; the validation set ends with a smaller batch."""
import torch
from torch import nn

META = dict(
    id='c298',
    source='recurring error in Kaggle forecasting notebooks ("Expected hidden size (1, 19, 16), got [1, 32, 16]")',
    title='register_buffer("h0", zeros(1, batch_size, hidden))',
    loud=True, cause='state_fixed_batch',
    explanation='The state is made once for 32 series; the last batch has 19. h_0 must have one column per series '
                'of this '
                'batch.',
    fix='h0 = x.new_zeros(1, x.size(0), hidden)',
    layout='batch seq features',
)


class StoreSales(nn.Module):
    def __init__(self, batch_size=32, d=6, hidden=16):
        super().__init__()
        self.hidden = hidden
        self.register_buffer('h0', torch.zeros(1, batch_size, hidden))  # BUG
        self.gru = nn.GRU(d, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def start(self, x):
        return self.h0

    def forward(self, x):
        seq, _ = self.gru(x, self.start(x))  # BUG
        return self.fc(seq[:, -1])


class StoreSalesRight(StoreSales):
    def start(self, x):
        return x.new_zeros(1, x.size(0), self.hidden)


def _data():
    torch.manual_seed(127)
    return (torch.randn(19, 10, 6),), torch.randn(19, 1)


def make():
    torch.manual_seed(0)
    return (StoreSales(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (StoreSalesRight(),) + _data()


def run(model, inputs, targets):
    return nn.functional.mse_loss(model(*inputs), targets)

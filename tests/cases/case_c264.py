"""Load forecaster: GRU encoder over the past window, GRUCell decoder over known future covariates."""
import torch
from torch import nn

META = dict(
    id='c264', source='JulesBelveze/time-series-autoencoder#9 (the doubt raised there), discuss.pytorch.org/t/189892',
    title='Encoder of a batch-first forecaster declared without batch_first',
    loud=False, cause='batch_seq_swapped',
    explanation='The windows are (batch, steps, vars) and the decoder takes memory[:, -1], but the GRU is '
                'seq-first: it '
                'recurs over the windows of the batch.',
    fix='nn.GRU(n_vars, width, depth, batch_first=True)',
    layout=['batch seq features', 'batch seq features'],
)


class Encoder(nn.Module):
    def __init__(self, n_vars, width, depth):
        super().__init__()
        self.norm = nn.LayerNorm(n_vars)
        self.rnn = nn.GRU(n_vars, width, num_layers=depth, dropout=0.1)  # BUG

    def forward(self, window):
        memory, _ = self.rnn(self.norm(window))  # BUG
        return memory


class EncoderRight(Encoder):
    def __init__(self, n_vars, width, depth):
        super().__init__(n_vars, width, depth)
        self.rnn = nn.GRU(n_vars, width, num_layers=depth, dropout=0.1, batch_first=True)


class LoadForecaster(nn.Module):
    def __init__(self, encoder_cls, n_vars=5, n_known=3, width=14, depth=2):
        super().__init__()
        self.encoder = encoder_cls(n_vars, width, depth)
        self.cell = nn.GRUCell(1 + n_known, width)
        self.out = nn.Linear(width, 1)

    def forward(self, window, known_future):
        memory = self.encoder(window)
        state = memory[:, -1]
        y = window[:, -1, :1]
        preds = []
        for known in known_future.unbind(dim=1):
            state = self.cell(torch.cat([y, known], dim=-1), state)
            y = y + self.out(state)
            preds.append(y)
        return torch.cat(preds, dim=1)


def _data():
    g = torch.Generator().manual_seed(11)
    return (torch.randn(6, 24, 5, generator=g), torch.randn(6, 4, 3, generator=g)), torch.randn(6, 4, generator=g)


def make():
    torch.manual_seed(0)
    return (LoadForecaster(Encoder),) + _data()


def fixed():
    torch.manual_seed(0)
    return (LoadForecaster(EncoderRight),) + _data()


def run(model, inputs, targets):
    return model(*inputs)

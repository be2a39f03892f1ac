"""LSTM autoencoder for anomaly scores: the decoder lost its batch_first."""
import torch
import torch.nn as nn

META = dict(
    id='c265', source='recurring idiom in public LSTM autoencoders (e.g. Stack Overflow 65784745)',
    title='Encoder batch_first=True, two-layer decoder without',
    loud=False, cause='mixed_batch_first',
    explanation='The repeated code is (batch, steps, code); the decoder is seq-first and therefore unrolls over the '
                'samples, '
                'while every column (a step) receives the same code: all reconstructed steps are equal and samples '
                'mix.',
    fix='self.decoder = nn.LSTM(code, code, num_layers=2, batch_first=True)',
    layout='batch seq features',
)


class RecurrentAE(nn.Module):
    def __init__(self, n_sensors, code):
        super().__init__()
        self.encoder = nn.LSTM(n_sensors, code, batch_first=True)
        self.decoder = nn.LSTM(code, code, num_layers=2)  # BUG
        self.project = nn.Linear(code, n_sensors)

    def forward(self, x):
        _, (h, _) = self.encoder(x)
        z = h[-1][:, None].expand(-1, x.shape[1], -1)
        y, _ = self.decoder(z)  # BUG
        return self.project(y)


class RecurrentAERight(RecurrentAE):
    def __init__(self, n_sensors, code):
        super().__init__(n_sensors, code)
        self.decoder = nn.LSTM(code, code, num_layers=2, batch_first=True)


def anomaly_score(x, rec):
    return (x - rec).abs().flatten(1).mean(1)


def _x():
    torch.manual_seed(3)
    t = torch.linspace(0, 6, 15)
    phase = torch.rand(9, 1, 4) * 3
    return torch.sin(t[None, :, None] + phase) + 0.05 * torch.randn(9, 15, 4)


def make():
    torch.manual_seed(0)
    return RecurrentAE(4, 7), (_x(),), None


def fixed():
    torch.manual_seed(0)
    return RecurrentAERight(4, 7), (_x(),), None


def run(model, inputs, targets):
    x, = inputs
    rec = model(x)
    return rec, anomaly_score(x, rec)

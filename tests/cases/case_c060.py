"""(samples, window) windows in a 2-D tensor into nn.RNN: one unbatched sequence, with out[-1] read."""
import torch
from torch import nn

META = dict(
    id='c060',
    source='LaurentMazare/tch-rs#719 and FluxML/Flux.jl#1406 (unbatched against batched input); own re-creation',
    title='Sliding windows as a 2-D tensor',
    loud=False,
    cause='unbatched_2d',
    explanation='Since torch 1.11 a 2-D input is an unbatched sequence. The windows are taken for the steps of one '
                'sequence, and memory runs from window to window.',
    fix='nn.RNN(1, H, batch_first=True)(x.unsqueeze(-1))[0][:, -1]',
    layout='batch seq',
)
WINDOW, H = 4, 6


class Rnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(WINDOW, H, num_layers=2, nonlinearity='relu', batch_first=True)  # BUG
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        out, _ = self.rnn(x)  # BUG
        return self.fc(out)


class RnnFixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(1, H, num_layers=2, nonlinearity='relu', batch_first=True)
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        out, _ = self.rnn(x.unsqueeze(-1))
        return self.fc(out[:, -1])


def _data():
    torch.manual_seed(1)
    series = torch.randn(14).cumsum(0)
    return (series.unfold(0, WINDOW, 2).contiguous(),), series[WINDOW::2].unsqueeze(-1)


def make():
    torch.manual_seed(0)
    x, y = _data()
    return Rnn(), x, y


def fixed():
    torch.manual_seed(0)
    x, y = _data()
    return RnnFixed(), x, y


def run(model, inputs, targets):
    pred = model(*inputs)[:len(targets)]
    return nn.functional.mse_loss(pred, targets.to(pred.dtype))

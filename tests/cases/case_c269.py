"""N-BEATS-like stack of residual blocks, each with a GRU: the window is unsqueezed on the wrong side."""
import torch
from torch import nn

META = dict(
    id='c269',
    source='recurring idiom x.unsqueeze(1) in public univariate forecasters; dafrie/lstm-load-forecasting#3',
    title='residual.unsqueeze(1) makes (batch, 1, window): one step with `window` features',
    loud=False, cause='seq_as_features',
    explanation='The look-back window is put on the feature axis of a sequence of length one, so no GRU of the '
                'stack ever '
                'takes a second step.',
    fix='self.gru = nn.GRU(1, width, batch_first=True); self.gru(residual.unsqueeze(-1))',
    layout='batch seq',
)


class Block(nn.Module):
    def __init__(self, lookback, horizon, width):
        super().__init__()
        self.gru = nn.GRU(lookback, width, batch_first=True)  # BUG
        self.theta = nn.Linear(width, lookback + horizon)
        self.sizes = [lookback, horizon]

    def summarise(self, residual):
        out, _ = self.gru(residual.unsqueeze(1))  # BUG
        return out[:, -1, :]

    def forward(self, residual):
        return torch.split(self.theta(self.summarise(residual)), self.sizes, dim=-1)


class BlockRight(Block):
    def __init__(self, lookback, horizon, width):
        super().__init__(lookback, horizon, width)
        self.gru = nn.GRU(1, width, batch_first=True)

    def summarise(self, residual):
        out, _ = self.gru(residual.unsqueeze(-1))
        return out[:, -1, :]


class Stack(nn.Module):
    def __init__(self, block, lookback=20, horizon=5, width=12, depth=3):
        super().__init__()
        self.blocks = nn.ModuleList(block(lookback, horizon, width) for _ in range(depth))

    def forward(self, y_past):
        residual, total = y_past, 0.
        for blk in self.blocks:
            back, fore = blk(residual)
            residual = residual - back
            total = total + fore
        return total


def _data():
    torch.manual_seed(4)
    t = torch.arange(25.)
    y = torch.sin(t * torch.rand(8, 1)) + torch.rand(8, 1)
    return (y[:, :20],), y[:, 20:]


def make():
    torch.manual_seed(0)
    return (Stack(Block),) + _data()


def fixed():
    torch.manual_seed(0)
    return (Stack(BlockRight),) + _data()


def run(model, inputs, targets):
    forecast = model(*inputs)
    return forecast, ((forecast - targets) ** 2).mean()

"""Two stacked LSTMCells run by hand; the loop iterates the tensor itself, i.e. its first axis."""
import torch
from torch import nn

META = dict(
    id='c270', source='recurring idiom `for x_t in x` with batch-first data (forum posts on LSTMCell loops)',
    title='for frame in series: iterates over samples, not over steps',
    loud=False, cause='cell_loop_axis',
    explanation='series is (batch, steps, features). Iterating it yields one sample at a time, whose steps are '
                'taken for a '
                'batch; the state runs from sample to sample. Stacking on axis 0 restores the expected shape.',
    fix='for frame in series.unbind(1): ...; torch.stack(outs, 1)',
    layout='batch seq features',
)


class HandRolled(nn.Module):
    def __init__(self, d=4, h=10):
        super().__init__()
        self.bottom = nn.LSTMCell(d, h)
        self.top = nn.LSTMCell(h, h)
        self.emit = nn.Linear(h, d)

    def step(self, frame, state):
        low, high = state
        low = self.bottom(frame, low)
        high = self.top(low[0], high)
        return self.emit(high[0]) + frame, (low, high)

    def forward(self, series):
        state, outs = (None, None), []
        for frame in series:  # BUG
            y, state = self.step(frame, state)  # BUG
            outs.append(y)
        return torch.stack(outs)


class HandRolledRight(HandRolled):
    def forward(self, series):
        state, outs = (None, None), []
        for frame in series.unbind(1):
            y, state = self.step(frame, state)
            outs.append(y)
        return torch.stack(outs, dim=1)


def _data():
    torch.manual_seed(2)
    s = torch.cumsum(torch.randn(5, 14, 4), dim=1) * 0.3
    return (s[:, :-1],), s[:, 1:]


def make():
    torch.manual_seed(0)
    return (HandRolled(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (HandRolledRight(),) + _data()


def run(model, inputs, targets):
    one_ahead = model(inputs[0])
    return one_ahead, nn.functional.mse_loss(one_ahead, targets)

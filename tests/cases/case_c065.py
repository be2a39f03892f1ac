"""LSTM called with its own previous result (output, state) instead of the state."""
import torch
from torch import nn

META = dict(
    id='c065',
    source='own; "state = self.rnn(x, state)" in a streaming loop',
    title='The whole return value is kept as the state',
    loud=True,
    cause='state_wrong_source',
    explanation='self.rnn returns (output, (h_n, c_n)); the second chunk gets that pair as (h_0, c_0).',
    fix='out, state = self.rnn(chunk, state)',
    layout='batch seq features',
)
D, H = 3, 5


class Streaming(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(D, H, batch_first=True)
        self.fc = nn.Linear(H, 2)

    def forward(self, x):
        state, scores = None, []
        for chunk in x.split(4, dim=1):
            state = self.rnn(chunk, state)  # BUG
            scores.append(self.fc(state[0]))
        return torch.cat(scores, dim=1)


class StreamingFixed(Streaming):
    def forward(self, x):
        state, scores = None, []
        for chunk in x.split(4, dim=1):
            out, state = self.rnn(chunk, state)
            scores.append(self.fc(out))
        return torch.cat(scores, dim=1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(2, 10, D),)


def make():
    torch.manual_seed(0)
    return Streaming(), _data(), None


def fixed():
    torch.manual_seed(0)
    return StreamingFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

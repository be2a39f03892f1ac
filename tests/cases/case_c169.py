"""Anomaly detector: h_n and c_n stacked and viewed to (batch, -1) as the embedding of a window."""
import torch
from torch import nn

META = dict(
    id='c169', source='GitHub LSTM auto-encoder notebooks (embedding = torch.cat((h, c)).view(batch, -1))',
    title='Embedding from both states of an LSTM',
    loud=False, cause='hn_view_scramble',
    explanation='cat on axis 0 gives (2 * layers, batch, hidden). view(batch, -1) takes neighbouring rows, which '
                'belong to different windows.',
    fix='torch.cat((h, c)).transpose(0, 1).reshape(batch, -1)',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, num_layers=2, batch_first=True)
        self.score = nn.Linear(20, 1)

    def embedding(self, states):
        return torch.cat(states).view(states[0].size(1), -1)  # BUG

    def forward(self, windows):
        _, states = self.lstm(windows)
        return self.score(self.embedding(states))  # BUG


class NetFixed(Net):
    def embedding(self, states):
        return torch.cat(states).transpose(0, 1).reshape(states[0].size(1), -1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(6, 5, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

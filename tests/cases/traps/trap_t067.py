"""Tokens made of the features of each step, attention among them, then an LSTM along time."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t067', source='feature-token transformers for tabular sequences',
    title='Attention among variables within a step',
    explanation="Each step's variables are tokens; they look at each other, time is the LSTM's business.",
    layout='batch seq features',
)
D, M = 4, 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.token = nn.Linear(1, M)
        self.name = nn.Parameter(torch.randn(D, M))
        self.q, self.k, self.v = nn.Linear(M, M), nn.Linear(M, M), nn.Linear(M, M)
        self.lstm = nn.LSTM(D * M, 6, batch_first=True)

    def forward(self, x):
        b, t, _ = x.shape
        z = self.token(x.unsqueeze(-1)) + self.name
        z = z + F.scaled_dot_product_attention(self.q(z), self.k(z), self.v(z))
        return self.lstm(z.reshape(b, t, D * M))[0]


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 5, D),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

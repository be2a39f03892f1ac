"""Stateless call of nn.GRU inside a decoding loop: the returned state is dropped."""
import torch
from torch import nn

META = dict(
    id='c194', source='forum question on a decoder that repeats the same word',
    title='Decoder generates the same token: hidden is not updated',
    loud=False, cause='state_not_carried',
    explanation="The loop calls the decoder with the encoder's state each time; the state that comes back is "
                'thrown away, so the decoder has no memory of what it said.',
    fix='y, h = self.step(y, h)',
    layout='batch seq features',
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, H, batch_first=True)
        self.decoder = nn.GRU(2, H, batch_first=True)
        self.fc = nn.Linear(H, 2)

    def step(self, y, h):
        out, h = self.decoder(y, h)
        return self.fc(out), h

    def forward(self, x):
        _, h = self.encoder(x)
        y, ys = x.new_zeros(x.size(0), 1, 2), []
        for _ in range(4):
            y, _ = self.step(y, h)  # BUG
            ys.append(y)
        return torch.cat(ys, 1)


class NetFixed(Net):
    def forward(self, x):
        _, h = self.encoder(x)
        y, ys = x.new_zeros(x.size(0), 1, 2), []
        for _ in range(4):
            y, h = self.step(y, h)
            ys.append(y)
        return torch.cat(ys, 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 5, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

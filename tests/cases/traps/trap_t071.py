"""Pseudo-sequence: a feature map flattened and cut into 8 equal parts for an LSTM, on purpose."""
import torch
from torch import nn

META = dict(
    id='t071', source='image networks with an LSTM over parts of a flat code',
    title='Flat code as a short sequence',
    explanation='The flat vector has no order of its own; it is cut into rows for the LSTM.',
    layout='batch channels height width',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, stride=2)
        self.lstm = nn.LSTM(8, 6, batch_first=True)

    def forward(self, image):
        x = torch.relu(self.conv(image)).flatten(1)
        out, _ = self.lstm(x.view(len(x), -1, 8))
        return out[:, -1]


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(3, 1, 9, 9),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

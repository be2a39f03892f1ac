"""MNIST rows with black rows at the end of every image, out[:, -1] read: nothing is padded here."""
import torch
from torch import nn

META = dict(
    id='t010',
    source='own; MNIST row by row',
    title='Images whose last rows are all zero, read at the last step',
    explanation='The zeros at the end are part of the picture; every image has 28 rows. Reading the last step is '
                'right.',
    layout='batch seq features',
)


class Rows(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(28, 12, 2, batch_first=True)
        self.fc = nn.Linear(12, 10)

    def forward(self, x):
        h0 = torch.zeros(2, x.size(0), 12, dtype=x.dtype, device=x.device)
        out, _ = self.lstm(x, (h0, torch.zeros_like(h0)))
        return self.fc(out[:, -1, :])


def fixed():
    torch.manual_seed(0)
    model = Rows()
    torch.manual_seed(1)
    images = torch.zeros(6, 28, 28)
    for i, (top, bottom) in enumerate([(4, 24), (5, 22), (3, 25), (6, 23), (4, 24), (5, 21)]):
        images[i, top:bottom, 6:22] = torch.rand(bottom - top, 16)
    return model, (images,), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

"""In-batch negatives by rolling the samples: triplet loss."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t050', source='metric-learning training steps',
    title='Negatives from the neighbour in the batch',
    explanation='torch.roll along the batch picks another sample as the negative on purpose.',
    layout=[ "batch seq features", "batch seq features"],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.LSTM(3, 6, batch_first=True)

    def forward(self, x):
        return self.enc(x)[1][0][-1]


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 5, 3), torch.randn(4, 5, 3)), None


def run(model, inputs, targets):
    anchor, positive = model(inputs[0]), model(inputs[1])
    negative = torch.roll(positive, 1, dims=0)
    return F.triplet_margin_loss(anchor, positive, negative)


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())

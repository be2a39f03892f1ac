"""Hand-made bidirectional encoder: the copy for the backward GRU is flipped along the batch."""
import torch
from torch import nn

META = dict(
    id='c182', source='tensorflow/tensorflow#39635 (reversal along axis 1 under time_major), re-created in torch',
    title='Bug in bidirectional LSTM when time_major is true: reverses the batch',
    loud=False, cause='minibatch_index_axis',
    explanation='flip(0) of batch-first data puts the samples in reverse order and leaves time as it is: the '
                "backward state of a sample is another sample's forward state.",
    fix='x.flip(1)',
    layout='batch seq features',
)
H = 5


class Net(nn.Module):
    axis = 0

    def __init__(self):
        super().__init__()
        self.fw, self.bw = nn.GRU(3, H, batch_first=True), nn.GRU(3, H, batch_first=True)
        self.fc = nn.Linear(2 * H, 2)

    def forward(self, x):
        _, a = self.fw(x)
        _, b = self.bw(torch.flip(x, [self.axis]))  # BUG
        return self.fc(torch.cat([a[-1], b[-1]], dim=-1))  # BUG


class NetFixed(Net):
    axis = 1


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

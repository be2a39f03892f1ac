"""2-D window with a 3-D state: the batch axis of an inference call is missing."""
import torch
from torch import nn

META = dict(
    id='c196', source='forum question "For unbatched 2-D input, hx should also be 2-D but got 3-D tensor"',
    title='For unbatched 2-D input, hx should also be 2-D',
    loud=True, cause='missing_seq_axis',
    explanation='At inference one frame (1, features) is given while the state is (layers, 1, hidden): for nn.GRU '
                'the input lacks an axis.',
    fix='x.unsqueeze(1)',
    layout='batch features',
)
H = 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, H, 2, batch_first=True)

    def frame(self, x):
        return x

    def forward(self, x, h):
        out, h = self.gru(self.frame(x), h)  # BUG
        return out, h


class NetFixed(Net):
    def frame(self, x):
        return x.unsqueeze(1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(1, 3), torch.zeros(2, 1, H)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

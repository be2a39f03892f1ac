"""Training loop over chunks of shuffled windows: the state of one mini-batch starts the next one."""
import torch
from torch import nn

META = dict(
    id='c163', source='keras-team/keras#7212 (stateful by mistake), as torch loops carry `h` along',
    title="Don't use stateful LSTM unless you know what it does",
    loud=False, cause='state_carried',
    explanation='The windows are independent, yet hidden goes from one mini-batch into the next: predictions of a '
                'window depend on the windows that happened to come before.',
    fix='out, _ = model(xb)   # a fresh state for every mini-batch',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x, h=None):
        out, h = self.gru(x, h)  # BUG
        return self.fc(out[:, -1]), h.detach()


class Epoch(nn.Module):
    carry = True

    def __init__(self):
        super().__init__()
        self.net = Net()

    def forward(self, windows):
        hidden, preds = None, []
        for xb in windows.split(2):
            pred, hidden = self.net(xb, hidden if self.carry else None)  # BUG
            preds.append(pred)
        return torch.cat(preds)


class EpochFixed(Epoch):
    carry = False


def make():
    torch.manual_seed(0)
    return (Epoch(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (EpochFixed(), *_inputs())


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(6, 7, 3),), None


def run(model, inputs, targets):
    return model(*inputs)

"""Collected outputs stacked on the wrong axis: decoder steps (batch, vocab) stacked at 0 and read as batch first."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c213', source='forum questions on torch.stack(outputs) after a decoding loop',
    title='torch.stack(outputs) gives (T, B, V)',
    loud=False, cause='loss_shape',
    explanation='stack at axis 0 gives (steps, batch, vocab); reshaped to rows it runs step by step, the targets '
                'run sample by sample.',
    fix='torch.stack(outputs, dim=1)',
    layout=[ "batch seq features", "batch seq"],
)
V, H = 6, 5


class Net(nn.Module):
    axis = 0

    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, H, batch_first=True)
        self.embed = nn.Embedding(V, 4)
        self.cell = nn.GRUCell(4, H)
        self.out = nn.Linear(H, V)

    def forward(self, x, y):
        h = self.encoder(x)[1][-1]
        outputs = []
        for t in range(y.size(1)):
            h = self.cell(self.embed(y[:, t]), h)
            outputs.append(self.out(h))
        return torch.stack(outputs, dim=self.axis)  # BUG


class NetFixed(Net):
    axis = 1


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 5, 3), torch.randint(0, V, (4, 6))), None


def run(model, inputs, targets):
    x, y = inputs
    logits = model(x, y[:, :-1])
    return F.cross_entropy(logits.reshape(-1, V), y[:, 1:].reshape(-1))  # BUG


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

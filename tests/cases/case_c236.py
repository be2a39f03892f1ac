"""Truncated BPTT over chunks of one long series: the state is re-made for every chunk."""
import torch
from torch import nn

META = dict(
    id='c236', source='forum question on truncated backpropagation through time with init_hidden in the loop',
    title='init_hidden called for every chunk',
    loud=False, cause='state_not_carried',
    explanation='The chunks follow each other in time. Making zeros for each of them cuts the memory at every '
                'border.',
    fix='hidden = model.init_hidden(n) once before the loop; hidden = hidden.detach() in it',
    layout='seq batch features',
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(2, H)
        self.fc = nn.Linear(H, 1)

    def init_hidden(self, n):
        return torch.zeros(1, n, H)

    def forward(self, x, h):
        out, h = self.rnn(x, h)  # BUG
        return self.fc(out), h


class Trainer(nn.Module):
    anew = True

    def __init__(self):
        super().__init__()
        self.net = Net()

    def forward(self, series):
        hidden, preds = self.net.init_hidden(series.size(1)), []
        for chunk in series.split(4):
            if self.anew:
                hidden = self.net.init_hidden(series.size(1))  # BUG
            pred, hidden = self.net(chunk, hidden.detach())  # BUG
            preds.append(pred)
        return torch.cat(preds)


class TrainerFixed(Trainer):
    anew = False


def make():
    torch.manual_seed(0)
    return (Trainer(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (TrainerFixed(), *_inputs())


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(12, 3, 2),), None


def run(model, inputs, targets):
    return model(*inputs)

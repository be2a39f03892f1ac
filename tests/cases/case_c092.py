"""Training step on X[i:i + bs] where X is (window, samples, features)."""
import torch
from torch import nn

META = dict(
    id='c092',
    source='own; "for i in range(0, n, batch_size): model(X[i:i+batch_size])" after moving to seq-first data',
    title='Slicing mini-batches from axis 0 of seq-first windows',
    loud=False,
    cause='minibatch_index_axis',
    explanation='The slice cuts the windows in time: each "batch" has all samples and some of their steps.',
    fix='X[:, i:i + bs]',
    layout='seq batch features',
)
BS, D, H = 4, 2, 5


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H)
        self.fc = nn.Linear(H, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[-1])


class Trainer(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = Model()

    def cut(self, x, i):
        return x[i:i + BS]  # BUG

    def forward(self, x):
        preds = []
        for i in range(0, 8, BS):
            preds.append(self.model(self.cut(x, i)))  # BUG
        return torch.stack(preds)


class TrainerFixed(Trainer):
    def cut(self, x, i):
        return x[:, i:i + BS]


def _data():
    torch.manual_seed(1)
    return (torch.randn(9, 8, D),)


def make():
    torch.manual_seed(0)
    return Trainer(), _data(), None


def fixed():
    torch.manual_seed(0)
    return TrainerFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

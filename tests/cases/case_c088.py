"""Mean absolute error of (seq, batch) predictions and (batch, seq) targets, where batch == seq."""
import torch
from torch import nn

META = dict(
    id='c088',
    source='own; a seq-first model and batch-first labels, sizes coincide',
    title='L1Loss(pred (seq, batch), target (batch, seq))',
    loud=False,
    cause='loss_shape',
    explanation='The model keeps its seq-first layout, the labels are batch first; with 6 samples of 6 steps every '
                'prediction is compared with the transposed target.',
    fix='pred.t() before the loss',
    layout='batch seq features',
)


class Pointwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(3, 7)
        self.fc = nn.Linear(7, 1)

    def forward(self, x):
        out, _ = self.rnn(x.transpose(0, 1))
        return self.fc(out).squeeze(-1)  # BUG


class PointwiseFixed(Pointwise):
    def forward(self, x):
        return super().forward(x).t()


def _data():
    torch.manual_seed(1)
    return (torch.randn(6, 6, 3),), torch.randn(6, 6)


def make():
    torch.manual_seed(0)
    return (Pointwise(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (PointwiseFixed(),) + _data()


def run(model, inputs, targets):
    pred = model(*inputs)
    return nn.L1Loss()(pred, targets.to(pred.dtype))  # BUG

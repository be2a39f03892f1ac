"""Classification per sequence: logits for all steps (batch, seq, 2) averaged by the loss against repeated labels."""
import torch
from torch import nn

META = dict(
    id='c118',
    source='own; all steps flattened into the batch, labels repeated until the shapes fit',
    title='labels.repeat(seq) beside logits.view(-1, classes)',
    loud=False,
    cause='no_last_step',
    explanation='logits.view(-1, C) runs sample by sample, labels.repeat(seq) runs step by step: every step is '
                'scored, and with the label of another sample.',
    fix='criterion(logits[:, -1], labels)',
    layout='batch seq features',
)


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 6, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        return self.fc(self.gru(x)[0])  # BUG


class Step(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Detector()

    def loss(self, logits, labels):
        flat = logits.view(-1, 2)  # BUG
        return nn.functional.cross_entropy(flat, labels.repeat(logits.size(1)))  # BUG

    def forward(self, x, labels):
        return self.loss(self.net(x), labels)  # BUG


class StepFixed(Step):
    def loss(self, logits, labels):
        return nn.functional.cross_entropy(logits[:, -1], labels)


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 4),), torch.tensor([0, 1, 1, 0])


def make():
    torch.manual_seed(0)
    return (Step(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (StepFixed(),) + _data()


def run(model, inputs, targets):
    return model(inputs[0], targets)

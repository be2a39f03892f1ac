"""BatchNorm in training mode couples the samples through its statistics, as it should."""
import torch
from torch import nn

META = dict(
    id='t014',
    source='own; training step of a speech network',
    title='BatchNorm1d over features, forward and backward in training mode',
    explanation='BatchNorm in training mode uses batch statistics; the channel axis is right.',
    layout='batch seq features',
)


class BnRnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(4)
        self.gru = nn.GRU(4, 6, batch_first=True, bidirectional=True)
        self.bn2 = nn.BatchNorm1d(12)
        self.fc = nn.Linear(12, 3)

    def forward(self, x):
        b, t, f = x.shape
        x = self.bn(x.reshape(b * t, f)).view(b, t, f)
        out, _ = self.gru(x)
        return self.fc(self.bn2(out.transpose(1, 2)).mean(dim=-1))


def fixed():
    torch.manual_seed(0)
    model = BnRnn()
    torch.manual_seed(1)
    return model, (torch.randn(5, 7, 4),), torch.tensor([0, 2, 1, 1, 0])


def run(model, inputs, targets):
    was = model.training
    model.train()
    model.zero_grad()
    logits = model(*inputs)
    loss = nn.functional.cross_entropy(logits, targets)
    if loss.requires_grad:
        loss.backward()
    model.train(was)
    return logits, loss


make = None

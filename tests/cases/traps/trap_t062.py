"""Siamese step with one call for both sides, split with chunk; differences of the right pairs."""
import torch
from torch import nn

META = dict(
    id='t062', source='siamese recurrent networks',
    title='cat and chunk along the batch',
    explanation='cat([a, b]) and chunk(2) undo each other.',
    layout=[ "batch seq features", "batch seq features"],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 6, batch_first=True, num_layers=2)
        self.fc = nn.Linear(24, 1)

    def forward(self, left, right):
        _, (h, _) = self.lstm(torch.cat([left, right]))
        a, b = h[-1].chunk(2)
        return self.fc(torch.cat([a, b, (a - b).abs(), a * b], 1)).squeeze(1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 4), torch.randn(4, 6, 4)), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

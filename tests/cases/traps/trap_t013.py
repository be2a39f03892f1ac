"""Dropout left on (Monte-Carlo dropout): random numbers in every run."""
import torch
from torch import nn

META = dict(
    id='t013',
    source='own; uncertainty by Monte-Carlo dropout',
    title='model.train() during prediction, mean and deviation over several passes',
    explanation='The randomness is wanted. It does not couple samples.',
    layout='batch seq features',
)


class McNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, num_layers=2, dropout=0.3, batch_first=True)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(8, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(self.drop(out[:, -1])).squeeze(-1)


def fixed():
    torch.manual_seed(0)
    model = McNet()
    torch.manual_seed(1)
    return model, (torch.randn(4, 9, 3),), None


def run(model, inputs, targets):
    was = model.training
    model.train()
    draws = torch.stack([model(*inputs) for _ in range(4)])
    model.train(was)
    return draws.mean(0), draws.std(0)


make = None

"""A Python loop over the samples: each one an unbatched 2-D sequence cut to its length."""
import torch
from torch import nn

META = dict(
    id='t020',
    source='own',
    title='for x, n in zip(batch, lengths): lstm(x[:n])',
    explanation='The 2-D input is one unbatched sequence on purpose; out[-1] is its last step.',
    layout=['batch seq features', None],
)


class PerSample(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 6, 2, bidirectional=True)
        self.fc = nn.Linear(12, 2)

    def one(self, x):
        out, (h, _) = self.lstm(x)
        return torch.cat([h[-2], h[-1]], dim=-1) + out.mean(dim=0)

    def forward(self, batch, lengths):
        codes = [self.one(x[:n]) for x, n in zip(batch, lengths.tolist())]
        return self.fc(torch.stack(codes))


def fixed():
    torch.manual_seed(0)
    model = PerSample()
    torch.manual_seed(1)
    return model, (torch.randn(3, 8, 3), torch.tensor([8, 5, 6])), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

"""Top steps by score: k-max pooling over time, sorted back into their order."""
import torch
from torch import nn

META = dict(
    id='t047',
    source='own; k-max pooling and hard attention',
    title='scores.topk(k, dim=1), sorted, gather',
    explanation='Each sample picks its own steps; the steps that were not picked have no effect on the pooled part.',
    layout='batch seq features',
)
D, H, K = 3, 6, 3


class KMax(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True, bidirectional=True)
        self.score = nn.Linear(2 * H, 1)
        self.second = nn.GRU(2 * H, 4, batch_first=True)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        index = self.score(out).squeeze(-1).topk(K, dim=1).indices.sort(dim=1).values
        picked = torch.take_along_dim(out, index.unsqueeze(-1), dim=1)
        return self.fc(self.second(picked)[1].squeeze(0))


def fixed():
    torch.manual_seed(0)
    model = KMax()
    torch.manual_seed(1)
    return model, (torch.randn(4, 9, D),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

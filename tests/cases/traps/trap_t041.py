"""All steps flattened into one Linear: out.reshape(batch, -1) of a fixed window."""
import torch
from torch import nn

META = dict(
    id='t041',
    source='own; common for fixed windows',
    title='Linear(window * hidden) on out.reshape(batch, -1), and hn.view(layers, batch, hidden)[-1]',
    explanation='Flattening steps and features of one sample is right; the view of hn changes nothing.',
    layout='batch seq features',
)
T, D, H, L = 7, 3, 5, 2


class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, L, batch_first=True)
        self.fc = nn.Linear(T * H, 4)
        self.side = nn.Linear(H, 4)

    def forward(self, x):
        hi, (hn, _) = self.lstm(x)
        hn = hn.view(L, x.size(0), H)[-1]
        return self.fc(torch.relu(hi.reshape(hi.shape[0], -1))) + self.side(hn)


def fixed():
    torch.manual_seed(0)
    model = Flat()
    torch.manual_seed(1)
    return model, (torch.randn(4, T, D),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

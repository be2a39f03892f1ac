"""h_n and c_n of all layers, summed, averaged, concatenated and handed to a decoder."""
import torch
from torch import nn

META = dict(
    id='t018',
    source='own',
    title='h_n.mean(0), sum over layers, cat([h_n[-1], c_n[-1]]), bridge Linear on h and c',
    explanation='All of these keep the batch axis in its place; using c_n together with h_n is a choice, not a '
                'mistake.',
    layout=['batch seq features', 'batch target features'],
)
D, H, L = 3, 6, 3


class Summary(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(D, H, L, batch_first=True)
        self.bridge_h, self.bridge_c = nn.Linear(H, 4), nn.Linear(H, 4)
        self.decoder = nn.LSTM(D, 4, L, batch_first=True)
        self.head = nn.Linear(4, D)
        self.label = nn.Linear(4 * H, 2)

    def forward(self, past, future):
        _, (h_n, c_n) = self.encoder(past)
        state = torch.tanh(self.bridge_h(h_n)), self.bridge_c(c_n)
        out, _ = self.decoder(future, state)
        parts = [h_n[-1], c_n[-1], h_n.mean(0), (h_n + c_n).sum(dim=0)]
        return self.head(out), self.label(torch.cat(parts, dim=-1))


def fixed():
    torch.manual_seed(0)
    model = Summary()
    torch.manual_seed(1)
    return model, (torch.randn(4, 8, D), torch.randn(4, 5, D)), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

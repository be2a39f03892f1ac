"""h_n.view(2, layers, batch, H)[0] as "forward states": directions and layers are the other way round."""
import torch
from torch import nn

META = dict(
    id='c049',
    source='OpenNMT/OpenNMT-py#61 (the question of the order)',
    title='hidden.view(num_directions, num_layers, batch, H)',
    loud=False,
    cause='hn_view_layers',
    explanation='h_n is ordered layer by layer, forward and backward next to each other: view(layers, 2, batch, H) '
                'is right. The other order takes both directions of layer 0 for the forward states of all layers.',
    fix='hidden.view(layers, 2, batch, H)',
    layout='batch seq',
)
V, E, H, L = 20, 4, 5, 2


class Nli(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, L, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * H, 3)

    def last_layer(self, h_n, n):
        fwd, bwd = h_n.view(2, L, n, H).unbind(0)  # BUG
        return fwd[-1], bwd[-1]

    def forward(self, words):
        _, (h_n, _) = self.lstm(self.emb(words))
        return self.fc(torch.cat(self.last_layer(h_n, words.size(0)), dim=-1))  # BUG


class NliFixed(Nli):
    def last_layer(self, h_n, n):
        return h_n.view(L, 2, n, H)[-1].unbind(0)


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 7)),)


def make():
    torch.manual_seed(0)
    return Nli(), _data(), None


def fixed():
    torch.manual_seed(0)
    return NliFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

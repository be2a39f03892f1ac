"""bidirectional=True: the state made for one direction."""
import torch
from torch import nn

META = dict(
    id='c140',
    source='yzhangcs/parser#48 (ih = zeros(num_layers, ...) in a bidirectional encoder)',
    title="Shouldn't the dimensions of h and c depend on the number of directions?",
    loud=True,
    cause='state_wrong_layers',
    explanation='A bidirectional GRU needs num_layers * 2 initial states.',
    fix='zeros(num_layers * num_directions, batch, hidden)',
    layout=['batch seq', None],
)
V, E, H, L = 18, 5, 4, 2


class Parser(nn.Module):
    directions = 1  # BUG

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, num_layers=L, bidirectional=True, batch_first=True)  # BUG
        self.head, self.dep = nn.Linear(2 * H, 6), nn.Linear(2 * H, 6)

    def forward(self, words, mask):
        ih = self.head.weight.new_zeros(L * self.directions, words.size(0), H)  # BUG
        out, _ = self.lstm(self.emb(words), (ih, ih))  # BUG
        arcs = torch.einsum('bih,bjh->bij', self.dep(out), self.head(out))
        return arcs.masked_fill(~mask.unsqueeze(1), -1e4).softmax(dim=-1)


class ParserFixed(Parser):
    directions = 2


def _data():
    torch.manual_seed(1)
    words = torch.randint(0, V, (3, 6))
    return words, torch.arange(6) < torch.tensor([6, 4, 5])[:, None]


def make():
    torch.manual_seed(0)
    return Parser(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ParserFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Pointer-generator: attention mass scattered onto the extended vocabulary."""
import torch
from torch import nn

META = dict(
    id='t007',
    source='own; pointer-generator summarisers',
    title='scatter_add over the vocabulary, coverage by cumulative attention, masks by length',
    explanation='Sums over steps and cumulative sums along the target are within one sample.',
    layout=['batch seq', None, 'batch target'],
)
V, E, H = 14, 5, 6


class Pointer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E, padding_idx=0)
        self.encoder = nn.LSTM(E, H, batch_first=True, bidirectional=True)
        self.reduce_h, self.reduce_c = nn.Linear(2 * H, H), nn.Linear(2 * H, H)
        self.cell = nn.LSTMCell(E, H)
        self.key, self.query, self.cover = nn.Linear(2 * H, H), nn.Linear(H, H), nn.Linear(1, H, bias=False)
        self.energy, self.vocab, self.gate = nn.Linear(H, 1), nn.Linear(3 * H, V), nn.Linear(3 * H + E, 1)

    def forward(self, source, lengths, target):
        out, (h, c) = self.encoder(self.embed(source))
        h = torch.relu(self.reduce_h(h.transpose(0, 1).reshape(-1, 2 * H)))
        c = torch.relu(self.reduce_c(c.transpose(0, 1).reshape(-1, 2 * H)))
        pad = torch.arange(source.size(1)) >= lengths.unsqueeze(1)
        coverage = torch.zeros_like(source, dtype=h.dtype)
        keys, dists = self.key(out), []
        for word in target[:, :-1].unbind(1):
            x = self.embed(word)
            h, c = self.cell(x, (h, c))
            energy = self.energy(torch.tanh(keys + self.query(h)[:, None] + self.cover(coverage[..., None])))
            attention = energy.squeeze(-1).masked_fill(pad, float('-inf')).softmax(-1)
            coverage = coverage + attention
            context = torch.bmm(attention.unsqueeze(1), out).squeeze(1)
            state = torch.cat([h, context], dim=-1)
            p = self.gate(torch.cat([state, x], dim=-1)).sigmoid()
            dist = p * self.vocab(state).softmax(-1)
            dists.append(dist.scatter_add(1, source, (1 - p) * attention))
        return torch.stack(dists, dim=1)


def fixed():
    torch.manual_seed(0)
    model = Pointer()
    torch.manual_seed(1)
    lengths = torch.tensor([7, 4, 6])
    source = torch.randint(1, V, (3, 7)) * (torch.arange(7) < lengths[:, None])
    return model, (source, lengths, torch.randint(1, V, (3, 5))), None


def run(model, inputs, targets):
    dist = model(*inputs)
    gold = inputs[2][:, 1:].unsqueeze(-1)
    return -(dist.gather(-1, gold).squeeze(-1) + 1e-9).log().mean(1)


make = None

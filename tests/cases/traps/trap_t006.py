"""Greedy and beam decoding: hypotheses of a sample share one axis with the batch, states are reordered by index."""
import torch
from torch import nn

META = dict(
    id='t006',
    source='own; batched beam search',
    title='(batch * beam) states, index_select by back pointers',
    explanation='Back pointers stay inside a sample: the offset batch_index * beam is added to them.',
    layout='batch seq',
)
V, E, H, BEAM = 12, 4, 6, 3


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.src, self.tgt = nn.Embedding(V, E), nn.Embedding(V, E)
        self.encoder = nn.GRU(E, H, batch_first=True)
        self.cell = nn.GRUCell(E, H)
        self.out = nn.Linear(H, V)

    def forward(self, words, steps=4):
        n = words.size(0)
        _, h = self.encoder(self.src(words))
        h = h[0].repeat_interleave(BEAM, dim=0)
        score = torch.full((n, BEAM), -1e9, dtype=h.dtype)
        score[:, 0] = 0.0
        token = torch.ones(n * BEAM, dtype=torch.long)
        offset = (torch.arange(n) * BEAM).unsqueeze(1)
        path = torch.zeros(n * BEAM, 0, dtype=torch.long)
        for _ in range(steps):
            h = self.cell(self.tgt(token), h)
            logp = self.out(h).log_softmax(-1).view(n, BEAM, V)
            score, flat = (score.unsqueeze(-1) + logp).view(n, -1).topk(BEAM, dim=-1)
            parent = (flat // V + offset).view(-1)
            token = (flat % V).view(-1)
            h, path = h.index_select(0, parent), torch.cat([path[parent], token.unsqueeze(1)], dim=1)
        return path.view(n, BEAM, -1)[:, 0], score[:, 0]


def fixed():
    torch.manual_seed(0)
    model = Translator()
    torch.manual_seed(1)
    return model, (torch.randint(2, V, (4, 6)),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

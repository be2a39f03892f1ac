"""Tacotron-like decoder: r frames in a step, location attention with cumulative weights."""
import torch
from torch import nn

META = dict(
    id='t037',
    source='own; speech synthesis decoders',
    title='(batch, frames, mel) grouped to (batch, frames / r, r * mel), steps stacked and ungrouped',
    explanation='Grouping joins neighbouring frames of one sample; stack(dim=1) puts time back in its place.',
    layout=['batch seq', 'batch frames mel'],
)
V, E, H, MEL, R = 12, 4, 6, 3, 2


class Tacotron(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.encoder = nn.GRU(E, H // 2, bidirectional=True, batch_first=True)
        self.prenet = nn.Sequential(nn.Linear(MEL, 4), nn.ReLU(), nn.Dropout(0.5))
        self.location = nn.Conv1d(2, 3, 3, padding=1)
        self.query, self.loc, self.energy = nn.Linear(H, 5), nn.Linear(3, 5), nn.Linear(5, 1)
        self.key = nn.Linear(H, 5)
        self.att_cell, self.dec_cell = nn.GRUCell(4 + H, H), nn.GRUCell(2 * H, H)
        self.mel, self.stop = nn.Linear(H, R * MEL), nn.Linear(H, R)

    def forward(self, text, mel):
        n = text.size(0)
        memory, _ = self.encoder(self.emb(text))
        groups = mel.view(n, mel.size(1) // R, R * MEL)
        frames = torch.cat([groups.new_zeros(n, 1, MEL), groups[:, :-1, -MEL:]], dim=1)
        h = d = memory.new_zeros(n, H)
        context, weights, total = memory.new_zeros(n, H), memory.new_zeros(n, text.size(1)), 0
        keys, mels, stops = self.key(memory), [], []
        for frame in self.prenet(frames).transpose(0, 1):
            h = self.att_cell(torch.cat([frame, context], dim=-1), h)
            total = total + weights
            where = self.location(torch.stack([weights, total], dim=1)).transpose(1, 2)
            energy = self.energy(torch.tanh(keys + self.query(h).unsqueeze(1) + self.loc(where))).squeeze(-1)
            weights = energy.softmax(dim=1)
            context = torch.matmul(weights.unsqueeze(1), memory).squeeze(1)
            d = self.dec_cell(torch.cat([h, context], dim=-1), d)
            mels.append(self.mel(d))
            stops.append(self.stop(d))
        return torch.stack(mels, dim=1).view(n, -1, MEL), torch.cat(stops, dim=1)


def fixed():
    torch.manual_seed(0)
    model = Tacotron()
    torch.manual_seed(1)
    return model, (torch.randint(0, V, (3, 7)), torch.randn(3, 8, MEL)), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

"""Each word embedded once: torch.unique over the whole batch, then the inverse index."""
import torch
from torch import nn

META = dict(
    id='t044',
    source='own; expensive word encoders shared over the batch',
    title='words, inverse = torch.unique(tokens, return_inverse=True)',
    explanation='The table of distinct words depends on the batch, the vector of a word does not.',
    layout='batch seq',
)
V, E, H = 15, 5, 6


class OncePerWord(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.deep = nn.Sequential(nn.Linear(E, 8), nn.Tanh(), nn.Linear(8, E))
        self.gru = nn.GRU(E, H, batch_first=True)
        self.fc = nn.Linear(H, 3)

    def forward(self, tokens):
        words, inverse = torch.unique(tokens, return_inverse=True)
        x = self.deep(self.emb(words))[inverse]
        return self.fc(self.gru(x)[0]).amax(dim=1)


def fixed():
    torch.manual_seed(0)
    model = OncePerWord()
    torch.manual_seed(1)
    return model.double(), (torch.randint(0, V, (4, 7)),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

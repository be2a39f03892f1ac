"""CLIP-style training of an image projection and a GRU text encoder: every sample is compared with every other."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y032', source='own', title='symmetric contrastive loss', loud=False, cause='none',
    explanation='The similarity matrix mixes samples on purpose; both softmaxes run over candidates of the batch.',
    layout=['batch features', 'batch seq'],
)


class TwoTower(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Sequential(nn.Linear(10, 12), nn.GELU(), nn.Linear(12, 6))
        self.emb = nn.Embedding(28, 7)
        self.text = nn.GRU(7, 9, batch_first=True)
        self.proj = nn.Linear(9, 6)
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, image, words):
        i = F.normalize(self.image(image), dim=-1)
        t = F.normalize(self.proj(self.text(self.emb(words))[1][-1]), dim=-1)
        return self.scale.exp() * i @ t.t()


def _inputs():
    torch.manual_seed(1)
    return torch.randn(5, 10), torch.randint(0, 28, (5, 8))


def make():
    torch.manual_seed(0)
    return TwoTower(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    sim = model(*inputs)
    pair = torch.arange(sim.size(0))
    return 0.5 * (F.cross_entropy(sim, pair) + F.cross_entropy(sim.t(), pair))

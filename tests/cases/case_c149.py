"""Molecule VAE: nn.TransformerEncoder in its default layout on (batch, seq, embed), mean over the tokens."""
import torch
from torch import nn

META = dict(
    id='c149', source='DaoyuanLi2816/Molecule-Generator#22',
    title='Use batch_first attention and mask padding in the Transformer',
    loud=False, cause='mha_batch_first',
    explanation='The encoder layers were made with batch_first=False but get (batch, seq, embed): attention mixes '
                'the molecules of a batch, while the tokens of one molecule do not see each other.',
    fix='nn.TransformerEncoderLayer(D, 2, 16, batch_first=True)',
    layout='batch seq',
)
V, D, Z = 15, 8, 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, D)
        self.position = nn.Parameter(torch.randn(1, 20, D) * 0.1)
        layer = nn.TransformerEncoderLayer(D, 2, 16, dropout=0.0)  # BUG
        self.encoder = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
        self.mu, self.logvar = nn.Linear(D, Z), nn.Linear(D, Z)

    def forward(self, x):
        h = self.embed(x) + self.position[:, : x.size(1)]
        h = self.encoder(h)  # BUG
        pooled = h.mean(dim=1)
        return self.mu(pooled), self.logvar(pooled)


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(D, 2, 16, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 7)),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Tabular transformer: rows of a table as (batch, seq, dim) into a seq-first TransformerEncoder."""
import torch
from torch import nn

META = dict(
    id='c066',
    source='IBM/TabFormer#14 (pull request); also DaoyuanLi2816/Molecule-Generator#22, Exorust/TorchLeet#5',
    title='transformer_encoder expects the batch size in the second dimension',
    loud=False,
    cause='mha_batch_first',
    explanation='nn.TransformerEncoderLayer passes its input to a MultiheadAttention that is seq-first by default: '
                'the records of the batch attend to each other.',
    fix='nn.TransformerEncoderLayer(..., batch_first=True)',
    layout='batch seq',
)
V, D = 17, 8


class TabFormer(nn.Module):
    def __init__(self, **how):
        super().__init__()
        self.embed = nn.Embedding(V, D)
        self.position = nn.Parameter(torch.randn(6, D) * 0.1)
        layer = nn.TransformerEncoderLayer(D, nhead=2, dim_feedforward=12, dropout=0.1, **how)  # BUG
        self.encoder = nn.TransformerEncoder(layer, num_layers=2)
        self.rnn = nn.GRU(D, 6, batch_first=True)
        self.head = nn.Linear(6, 2)

    def forward(self, fields):
        x = self.encoder(self.embed(fields) + self.position)  # BUG
        _, h = self.rnn(x)
        return self.head(h[-1])


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 6)),)


def make():
    torch.manual_seed(0)
    return TabFormer(), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return TabFormer(batch_first=True), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

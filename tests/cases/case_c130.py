"""Sentence classifier: embeddings (batch, seq, emb) viewed as (seq, batch, emb) for a GRU."""
import torch
from torch import nn

META = dict(
    id='c130',
    source='public code, index id 44327769136; same with x.view(seq_len, batch_size, 1, w, h) in 28235529962',
    title='X = X.view(seq_len, batch_size, emb) after nn.Embedding',
    loud=False,
    cause='view_not_permute',
    explanation='Word t of sentence b is taken from some other place of the batch; the shapes are what the GRU '
                'wants.',
    fix='X.transpose(0, 1)',
    layout=['batch seq', None],
)
V, E, H = 19, 4, 6


class GruClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.gru = nn.GRU(E, H, num_layers=1)
        self.fc1, self.out = nn.Linear(H, 8), nn.Linear(8, 2)
        self.dropout = nn.Dropout(0.5)

    def seq_first(self, X, batch_size, seq_len):
        return X.view(seq_len, batch_size, E)  # BUG

    def forward(self, inputs, hidden):
        batch_size, seq_len = inputs.shape
        X = self.seq_first(self.embedding(inputs), batch_size, seq_len)
        _, hidden = self.gru(X, hidden)  # BUG
        X = self.dropout(torch.relu(self.fc1(hidden[0])))
        return self.out(X).log_softmax(dim=1)


class GruClassifierFixed(GruClassifier):
    def seq_first(self, X, batch_size, seq_len):
        return X.transpose(0, 1)


def _data():
    torch.manual_seed(1)
    return torch.randint(0, V, (4, 7)), torch.zeros(1, 4, H)


def make():
    torch.manual_seed(0)
    return GruClassifier(), _data(), None


def fixed():
    torch.manual_seed(0)
    return GruClassifierFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

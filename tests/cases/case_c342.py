"""Toxic comment model: pooled BiLSTM outputs have 2*H features per pooling, the head was sized for one direction."""
import torch
import torch.nn as nn

META = dict(
    id='c342', source='Kaggle toxic-comment kernels (mean + max pooling of a bidirectional LSTM)',
    title='mat1 and mat2 shapes cannot be multiplied (6x28 and 14x6)',
    loud=True, cause='head_in_features',
    explanation='Each pooled vector of the bidirectional LSTM has 2*H features and two of them are concatenated: '
                '4*H in '
                'all.',
    fix='nn.Linear(4 * H, LABELS)',
    layout='batch seq',
)
V, E, H, LABELS = 40, 8, 7, 6


class Toxic(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * H, LABELS)  # BUG

    def forward(self, comment):
        h, _ = self.lstm(self.emb(comment))
        pooled = torch.cat([h.mean(1), h.amax(1)], 1)
        return self.head(pooled)  # BUG


class ToxicFixed(Toxic):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4 * H, LABELS)


def _comments():
    torch.manual_seed(1)
    return (torch.randint(0, V, (6, 11)),)


def make():
    torch.manual_seed(0)
    return Toxic(), _comments(), None


def fixed():
    torch.manual_seed(0)
    return ToxicFixed(), _comments(), None


def run(model, inputs, targets):
    return model(*inputs)

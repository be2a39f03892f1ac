"""The [CLS] habit: position 0 of a one-directional LSTM over token vectors."""
import torch
from torch import nn

META = dict(
    id='c141',
    source='own; an LSTM put where a BERT encoder was, sequence_output[:, 0] kept',
    title='encoder(x)[:, 0] with an LSTM encoder',
    loud=False,
    cause='last_step_wrong_index',
    explanation='The first position of a forward LSTM has seen one token. The whole sequence is at the last '
                'position.',
    fix='sequence_output[:, -1]',
    layout='batch seq',
)
V, E, H = 24, 6, 7


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, 2, batch_first=True)

    def forward(self, ids):
        return self.lstm(self.embeddings(ids))[0]


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.pooler = nn.Sequential(nn.Linear(H, H), nn.Tanh())
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(H, 3)

    def first(self, sequence_output):
        return sequence_output[:, 0]  # BUG

    def forward(self, ids):
        pooled = self.pooler(self.first(self.encoder(ids)))  # BUG
        return self.classifier(self.dropout(pooled))


class ClassifierFixed(Classifier):
    def first(self, sequence_output):
        return sequence_output[:, -1]


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 7)),)


def make():
    torch.manual_seed(0)
    return Classifier(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ClassifierFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

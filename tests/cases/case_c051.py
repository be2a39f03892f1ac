"""hidden.view(batch, 2 * H) after num_layers was raised: the number of elements no longer fits."""
import torch
from torch import nn

META = dict(
    id='c051',
    source='own; "shape [...] is invalid for input of size ..." after adding a layer',
    title='h_n.view(batch, 2 * H) of a two-layer BiLSTM',
    loud=True,
    cause='hn_view_wrong_size',
    explanation='h_n has layers * 2 = 4 rows for each sample; view(batch, 2 * H) holds two of them. (With one layer'
                ' it ran, and mixed samples.)',
    fix='torch.cat([h_n[-2], h_n[-1]], dim=1)',
    layout='batch seq',
)
V, E, H, L = 20, 4, 5, 2


class Sentiment(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, L, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * H, 1)

    def both(self, h_n):
        return h_n.view(h_n.size(1), 2 * H)  # BUG

    def forward(self, words):
        _, (h_n, _) = self.lstm(self.emb(words))
        return torch.sigmoid(self.fc(self.both(h_n)))  # BUG


class SentimentFixed(Sentiment):
    def both(self, h_n):
        return torch.cat([h_n[-2], h_n[-1]], dim=1)


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (3, 7)),)


def make():
    torch.manual_seed(0)
    return Sentiment(), _data(), None


def fixed():
    torch.manual_seed(0)
    return SentimentFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Dot attention with the final state as the query: (1, batch, H) is multiplied with (batch, steps, H)."""
import torch
import torch.nn as nn
import torch.nn.functional as F

META = dict(
    id='c327', source='forum answers on attention over a batch-first LSTM (multiply outputs with h_n)',
    title='outputs * h_n broadcasts the batch axis of h_n along the steps',
    loud=False, cause='hn_axis_broadcast',
    explanation='h_n has the batch on axis 1 whatever batch_first says. With 7 sentences of 7 words the product '
                'runs, and '
                'word t is compared '
                'with the final state of sentence t.',
    fix='(outputs * h_n.transpose(0, 1)).sum(2)',
    layout='batch seq',
)


class AttnClassifier(nn.Module):
    def __init__(self, vocab=26, dim=6, hidden=8, out=3):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, out)

    def scores(self, outputs, h_n):
        return (outputs * h_n).sum(2)  # BUG

    def forward(self, text):
        outputs, (h_n, _) = self.lstm(self.embedding(text))
        weights = F.softmax(self.scores(outputs, h_n), dim=1)
        pooled = torch.bmm(weights.unsqueeze(1), outputs).squeeze(1)
        return self.linear(pooled)


class AttnClassifierFixed(AttnClassifier):
    def scores(self, outputs, h_n):
        return (outputs * h_n.transpose(0, 1)).sum(2)


def _text():
    torch.manual_seed(1)
    return (torch.randint(0, 26, (7, 7)),)


def make():
    torch.manual_seed(0)
    return AttnClassifier(), _text(), None


def fixed():
    torch.manual_seed(0)
    return AttnClassifierFixed(), _text(), None


def run(model, inputs, targets):
    return model(*inputs)

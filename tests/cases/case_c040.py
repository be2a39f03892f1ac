"""Attention scores squeezed without an axis: with one question in the batch the softmax runs over nothing."""
import torch
from torch import nn

META = dict(
    id='c040',
    source='galsang/BiDAF-pytorch#26 (pull request); same in ludwig-ai/ludwig#1726',
    title='.squeeze() loses the batch axis when batch_size = 1',
    loud=True,
    cause='squeeze_batch',
    explanation='score is (batch, seq, 1); squeeze() also removes a batch of one, and softmax(dim=1) finds no axis '
                '1.',
    fix='score.squeeze(-1)',
    layout='batch seq',
)
V, E, H = 14, 5, 6


class Question(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, batch_first=True, bidirectional=True)
        self.att = nn.Linear(2 * H, 1)

    def scores(self, out):
        return self.att(out).squeeze()  # BUG

    def forward(self, words):
        out, _ = self.lstm(self.emb(words))
        weights = torch.softmax(self.scores(out), dim=1)  # BUG
        return torch.bmm(weights.unsqueeze(1), out).squeeze(1)


class QuestionFixed(Question):
    def scores(self, out):
        return self.att(out).squeeze(-1)


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (1, 6)),)


def make():
    torch.manual_seed(0)
    return Question(), _data(), None


def fixed():
    torch.manual_seed(0)
    return QuestionFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

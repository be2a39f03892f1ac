"""Packed sentiment LSTM, unpacked again, and then the last padded position is read."""
import torch
import torch.nn as nn
from torch.nn.utils import rnn as rnn_utils

META = dict(
    id='c330', source='discuss.pytorch.org questions on packing ("do I still take output[:, -1]?")',
    title='pad_packed_sequence(...)[0][:, -1] is zero for every sentence but the longest',
    loud=False, cause='last_step_padding',
    explanation='Unpacking fills the positions after the end with zeros. [:, -1] is such a position for all shorter '
                'reviews, which then all '
                'get the bias of the head.',
    fix='h_n[-1]',
    layout='batch seq',
)


class Sentiment(nn.Module):
    def __init__(self, num_embeddings=44, dim=6, hidden=7):
        super().__init__()
        self.table = nn.Embedding(num_embeddings, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, num_layers=2, batch_first=True)
        self.logit = nn.Linear(hidden, 2)

    def forward(self, reviews, lengths):
        p = rnn_utils.pack_padded_sequence(self.table(reviews), lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(p)
        out, _ = rnn_utils.pad_packed_sequence(out, batch_first=True)
        return self.logit(out[:, -1])  # BUG


class SentimentFixed(Sentiment):
    def forward(self, reviews, lengths):
        p = rnn_utils.pack_padded_sequence(self.table(reviews), lengths, batch_first=True, enforce_sorted=False)
        _, (h_n, _) = self.lstm(p)
        return self.logit(h_n[-1])


def _reviews():
    torch.manual_seed(1)
    lengths = torch.tensor([3, 8, 5, 6, 2])
    texts = [torch.randint(1, 44, (int(n),)) for n in lengths]
    return rnn_utils.pad_sequence(texts, batch_first=True), lengths


def make():
    torch.manual_seed(0)
    return Sentiment(), _reviews(), None


def fixed():
    torch.manual_seed(0)
    return SentimentFixed(), _reviews(), None


def run(model, inputs, targets):
    return model(*inputs)

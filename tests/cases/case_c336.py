"""Intent detection: the batch is sorted by length for packing and the predictions stay in that order."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c336', source='jihunchoi/shortcut-stacked-encoder-pytorch#1 and other pre-1.1 packing code',
    title='sort by length, encode, never unsort',
    loud=False, cause='sort_not_undone',
    explanation='Row 0 of the result belongs to the longest utterance, not to the first one. The labels are in the '
                'original order, so most '
                'utterances are trained with the intent of another.',
    fix='h[-1].index_select(0, order.argsort())',
    layout='batch seq',
)


class IntentGRU(nn.Module):
    def __init__(self, vocab=32, emb=6, hidden=8, intents=5):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb, padding_idx=0)
        self.gru = nn.GRU(emb, hidden, num_layers=2)
        self.intent = nn.Linear(hidden, intents)

    def encode(self, tokens, lengths):
        lengths, order = torch.sort(lengths, descending=True)
        x = self.emb(tokens.index_select(0, order)).transpose(0, 1)  # BUG
        _, h = self.gru(pack_padded_sequence(x, lengths))
        return h[-1]  # BUG

    def forward(self, tokens, lengths):
        return self.intent(self.encode(tokens, lengths))  # BUG


class IntentGRUFixed(IntentGRU):
    def encode(self, tokens, lengths):
        lengths, order = torch.sort(lengths, descending=True)
        x = self.emb(tokens.index_select(0, order)).transpose(0, 1)
        _, h = self.gru(pack_padded_sequence(x, lengths))
        return h[-1].index_select(0, order.argsort())


def _data():
    torch.manual_seed(1)
    lengths = torch.tensor([4, 9, 2, 7, 5, 8])
    tokens = torch.randint(1, 32, (6, 9)) * (torch.arange(9) < lengths.unsqueeze(1))
    return (tokens, lengths), torch.randint(0, 5, (6,))


def make():
    torch.manual_seed(0)
    return (IntentGRU(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (IntentGRUFixed(),) + _data()


def run(model, inputs, targets):
    return F.cross_entropy(model(*inputs), targets, reduction='none')

"""Hierarchical attention, word level: the weights are normalised over the batch of a seq-first GRU output."""
import torch
import torch.nn as nn
import torch.nn.functional as F

META = dict(
    id='c304', source='pandeykartikey/Hierarchical-Attention-Network#5',
    title='Word attention: softmax(dim=1) on (n_steps, batch, ...) because the GRU is not batch_first',
    loud=False, cause='softmax_axis',
    explanation='The scores are (steps, batch). dim=1 is the batch, so the words of one sentence compete with the '
                'words '
                'of the other '
                'sentences at the same position instead of with each other.',
    fix='alpha = F.softmax(scores, dim=0)',
    layout='seq batch',
)
VOCAB, EMB, HID, CLASSES = 19, 6, 5, 3


def weighted_sum(annotations, alpha):
    return torch.einsum('tbh,tb->bh', annotations, alpha)


class WordEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.lookup = nn.Embedding(VOCAB, EMB)
        self.word_gru = nn.GRU(EMB, HID, bidirectional=True)
        self.to_u = nn.Linear(2 * HID, 2 * HID)
        self.context = nn.Parameter(torch.randn(2 * HID))
        self.classify = nn.Linear(2 * HID, CLASSES)

    def forward(self, tokens):
        annotations, _ = self.word_gru(self.lookup(tokens))
        u = torch.tanh(self.to_u(annotations))
        scores = torch.einsum('tbh,h->tb', u, self.context)
        alpha = F.softmax(scores, dim=1)  # BUG
        return self.classify(weighted_sum(annotations, alpha))


class WordEncoderFixed(WordEncoder):
    def forward(self, tokens):
        annotations, _ = self.word_gru(self.lookup(tokens))
        u = torch.tanh(self.to_u(annotations))
        scores = torch.einsum('tbh,h->tb', u, self.context)
        alpha = F.softmax(scores, dim=0)
        return self.classify(weighted_sum(annotations, alpha))


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, VOCAB, (9, 5)),)


def make():
    torch.manual_seed(0)
    return WordEncoder(), _inputs(), None


def fixed():
    torch.manual_seed(0)
    return WordEncoderFixed(), _inputs(), None


def run(model, inputs, targets):
    return model(*inputs)

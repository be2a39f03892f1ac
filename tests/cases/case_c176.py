"""Hierarchical attention network: word GRU batch first, sentence GRU left at the default."""
import torch
from torch import nn

META = dict(
    id='c176', source='GitHub hierarchical attention networks (word_rnn batch_first, sent_rnn without)',
    title='Second level GRU without batch_first',
    loud=False, cause='mixed_batch_first',
    explanation='Word vectors are pooled to (documents, sentences, dim). The sentence GRU is seq-first and reads '
                'documents as time.',
    fix='self.sent_gru = nn.GRU(2 * H, H, bidirectional=True, batch_first=True)',
    layout='batch sentence seq',
)
V, E, H = 21, 5, 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E)
        self.word_gru = nn.GRU(E, H, bidirectional=True, batch_first=True)
        self.sent_gru = nn.GRU(2 * H, H, bidirectional=True)  # BUG
        self.word_score, self.sent_score = nn.Linear(2 * H, 1), nn.Linear(2 * H, 1)
        self.fc = nn.Linear(2 * H, 3)

    def forward(self, docs):
        b, s, w = docs.shape
        words, _ = self.word_gru(self.embed(docs.view(b * s, w)))
        a = torch.softmax(self.word_score(words), dim=1)
        sents = (a * words).sum(1).view(b, s, -1)
        out, _ = self.sent_gru(sents)  # BUG
        a = torch.softmax(self.sent_score(out), dim=1)
        return self.fc((a * out).sum(1))


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.sent_gru = nn.GRU(2 * H, H, bidirectional=True, batch_first=True)


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, V, (3, 4, 6)),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

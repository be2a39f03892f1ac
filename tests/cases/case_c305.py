"""Document classifier: sentence vectors made from (doc * sent) rows are unfolded as (sent, doc) with view."""
import torch
from torch import nn

META = dict(
    id='c305', source='generic: hierarchical document models that fold docs*sents into the batch',
    title='Words -> sentences -> documents: folding docs*sents is undone in the wrong order',
    loud=False, cause='hn_view_scramble',
    explanation='Rows of the word encoder are ordered document by document. view(sents, docs, H) reads them as if '
                'they were '
                'ordered sentence by sentence, so a document is built from sentences of other documents.',
    fix='sents = h[-1].view(b, s, -1).transpose(0, 1)',
    layout='batch seq words',
)


class DocNet(nn.Module):
    def __init__(self, vocab=31, emb=7, word_h=6, sent_h=8, labels=4):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb)
        self.word_rnn = nn.GRU(emb, word_h, batch_first=True)
        self.sent_rnn = nn.GRU(word_h, sent_h)
        self.cls = nn.Linear(sent_h, labels)

    def sentence_vectors(self, docs):
        b, s, w = docs.shape
        _, h = self.word_rnn(self.emb(docs.reshape(b * s, w)))
        return h[-1].view(s, b, -1)  # BUG

    def forward(self, docs):
        out, _ = self.sent_rnn(self.sentence_vectors(docs))
        return self.cls(out[-1])


class DocNetFixed(DocNet):
    def sentence_vectors(self, docs):
        b, s, w = docs.shape
        _, h = self.word_rnn(self.emb(docs.reshape(b * s, w)))
        return h[-1].view(b, s, -1).transpose(0, 1)


def _docs():
    torch.manual_seed(1)
    return (torch.randint(0, 31, (4, 3, 6)),)


def make():
    torch.manual_seed(0)
    return DocNet(), _docs(), None


def fixed():
    torch.manual_seed(0)
    return DocNetFixed(), _docs(), None


def run(model, inputs, targets):
    return model(*inputs)

"""NER with as many tags as tokens: (batch, seq, tags) goes straight into cross_entropy."""
import torch
import torch.nn as nn
import torch.nn.functional as F

META = dict(
    id='c312', source='discuss.pytorch.org threads on CrossEntropyLoss with (N, L, C) scores',
    title='Class scores on the last axis, and the sentence length happens to equal the number of tags',
    loud=False, cause='loss_class_axis',
    explanation='cross_entropy takes axis 1 as the classes. (batch, 6 tokens, 6 tags) with targets (batch, 6) is '
                'accepted, but the softmax '
                'runs over the tokens and the roles of token and tag are exchanged.',
    fix='F.cross_entropy(scores.transpose(1, 2), tags)',
    layout='batch seq',
)
WORDS, E, H, TAGS = 37, 8, 5, 6


class BiLSTMTagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(WORDS, E)
        self.rnn = nn.LSTM(E, H, bidirectional=True, batch_first=True)
        self.hidden2tag = nn.Linear(2 * H, TAGS)

    def forward(self, sentence):
        feats, _ = self.rnn(self.emb(sentence))
        return self.hidden2tag(feats)

    def loss(self, sentence, tags):
        scores = self(sentence)
        return F.cross_entropy(scores, tags)  # BUG


class BiLSTMTaggerFixed(BiLSTMTagger):
    def loss(self, sentence, tags):
        scores = self(sentence)
        return F.cross_entropy(scores.transpose(1, 2), tags)


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, WORDS, (9, 6)),), torch.randint(0, TAGS, (9, 6))


def make():
    torch.manual_seed(0)
    return (BiLSTMTagger(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (BiLSTMTaggerFixed(),) + _data()


def run(model, inputs, targets):
    return model.loss(*inputs, targets)

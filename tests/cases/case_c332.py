"""POS tagger trained with NLLLoss: log_softmax over the words instead of over the tags."""
import torch
import torch.nn as nn
import torch.nn.functional as F

META = dict(
    id='c332',
    source='batched versions of the PyTorch LSTM tagger tutorial (F.log_softmax(tag_space, dim=1) kept as it was)',
    title='log_softmax(dim=1) was right for (words, tags) and is wrong for (batch, words, tags)',
    loud=False, cause='softmax_axis',
    explanation='After batching, axis 1 is the word axis. The "probabilities" of the tags of one word do not sum to '
                'one; '
                'the words of a '
                'sentence compete for a tag.',
    fix='F.log_softmax(tag_space, dim=-1)',
    layout='batch seq',
)
V, E, H, TAGS = 34, 6, 8, 5


class LSTMTagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.word_embeddings = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, batch_first=True)
        self.hidden2tag = nn.Linear(H, TAGS)

    def forward(self, sentence):
        lstm_out, _ = self.lstm(self.word_embeddings(sentence))
        tag_space = self.hidden2tag(lstm_out)
        return F.log_softmax(tag_space, dim=1)  # BUG


class LSTMTaggerFixed(LSTMTagger):
    def forward(self, sentence):
        lstm_out, _ = self.lstm(self.word_embeddings(sentence))
        tag_space = self.hidden2tag(lstm_out)
        return F.log_softmax(tag_space, dim=-1)


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 9)),), torch.randint(0, TAGS, (4, 9))


def make():
    torch.manual_seed(0)
    return (LSTMTagger(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (LSTMTaggerFixed(),) + _data()


def run(model, inputs, targets):
    scores = model(*inputs)
    return nn.NLLLoss()(scores.view(-1, TAGS), targets.view(-1))

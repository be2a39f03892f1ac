"""POS tagger: log_softmax over dim=1 of (batch, seq, tags), i.e. over the words."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c161', source='discuss.pytorch.org thread on log_softmax dim for a batched sequence tagger',
    title='Which dim for log_softmax in a batched LSTM tagger?',
    loud=False, cause='softmax_axis',
    explanation='dim=1 was right for the unbatched tutorial, where scores are (seq, tags). Batched, it normalises '
                'over the words, and NLLLoss gets numbers that are no log-probabilities of tags.',
    fix='F.log_softmax(scores, dim=2)',
    layout='batch seq',
)
V, E, H, TAGS = 17, 5, 6, 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.word_embeddings = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, batch_first=True)
        self.hidden2tag = nn.Linear(H, TAGS)

    def normalise(self, tag_space):
        return F.log_softmax(tag_space, dim=1)  # BUG

    def forward(self, sentence):
        lstm_out, _ = self.lstm(self.word_embeddings(sentence))
        return self.normalise(self.hidden2tag(lstm_out))


class NetFixed(Net):
    def normalise(self, tag_space):
        return F.log_softmax(tag_space, dim=2)


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 7)),), torch.randint(0, TAGS, (4, 7))


def run(model, inputs, targets):
    return F.nll_loss(model(*inputs).reshape(-1, TAGS), targets.reshape(-1))  # BUG


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

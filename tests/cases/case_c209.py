"""Sequence tagger: the decoder returns the last sentence's scores for every sentence of the batch."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c209', source='flairNLP/flair#3455',
    title='fix _all_scores_for_token in ViterbiDecoder',
    loud=False, cause='minibatch_index_axis',
    explanation="Inside the loop over the batch the scores of the whole batch's last entry are taken instead of "
                'the entry of the loop.',
    fix='scores.append(logits[n, : lengths[n]])',
    layout=[ "batch seq", None],
)
V, E, H, TAGS = 15, 5, 6, 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.gru = nn.GRU(E, H, batch_first=True, bidirectional=True)
        self.tags = nn.Linear(2 * H, TAGS)

    def rows(self, logits, n):
        return logits[-1]  # BUG

    def forward(self, words, lengths):
        logits = self.tags(self.gru(self.emb(words))[0])
        found = []
        for n, length in enumerate(lengths.tolist()):
            found.append(F.softmax(self.rows(logits, n)[:length], dim=-1).amax(-1).mean())  # BUG
        return torch.stack(found)


class NetFixed(Net):
    def rows(self, logits, n):
        return logits[n]


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 6)), torch.tensor([6, 4, 5, 3])), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

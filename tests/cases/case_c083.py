"""Word tagger: cross entropy of (batch, seq, tags) against (batch, seq)."""
import torch
from torch import nn

META = dict(
    id='c083',
    source='pytorch forum threads on "Expected target size"; own re-creation for a tagger',
    title='F.cross_entropy(emissions, tags, ignore_index=0) with the classes last',
    loud=True,
    cause='loss_class_axis',
    explanation='cross_entropy takes axis 1 for the classes; here axis 1 is time.',
    fix='F.cross_entropy(emissions.transpose(1, 2), tags)',
    layout='batch seq',
)
V, E, H, TAGS = 20, 5, 6, 4


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.gru = nn.GRU(E, H, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(2 * H, TAGS)

    def forward(self, words):
        return self.tag(self.gru(self.emb(words))[0])


def classes_last(emissions):
    return emissions


def classes_second(emissions):
    return emissions.transpose(1, 2)


class Step(nn.Module):
    def __init__(self, arrange):
        super().__init__()
        self.tagger, self.arrange = Tagger(), arrange

    def forward(self, words, tags):
        emissions = self.arrange(self.tagger(words))
        return nn.functional.cross_entropy(emissions, tags, ignore_index=0)  # BUG


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (3, 7)),), torch.randint(0, TAGS, (3, 7))


def make():
    torch.manual_seed(0)
    return (Step(classes_last),) + _data()  # BUG


def fixed():
    torch.manual_seed(0)
    return (Step(classes_second),) + _data()


def run(model, inputs, targets):
    return model(inputs[0], targets)

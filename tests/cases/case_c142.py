"""Seq-first BiLSTM, sentence vector from out[0] instead of the last step of each direction."""
import torch
from torch import nn

META = dict(
    id='c142',
    source='own; mirror image of the usual mistake with bidirectional networks',
    title='out[0] of a seq-first BiLSTM as the sentence vector',
    loud=False,
    cause='bidir_last_step',
    explanation='At position 0 the backward half is complete, but the forward half has seen the first word only.',
    fix='torch.cat([out[-1, :, :H], out[0, :, H:]], dim=1)',
    layout='seq batch',
)
V, E, H = 20, 5, 4


class Sentence(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, bidirectional=True)
        self.fc = nn.Linear(2 * H, 5)

    def vector(self, out):
        return out[0]  # BUG

    def forward(self, words):
        out, _ = self.lstm(self.emb(words))
        return self.fc(self.vector(out))  # BUG


class SentenceFixed(Sentence):
    def vector(self, out):
        return torch.cat([out[-1, :, :H], out[0, :, H:]], dim=1)


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (8, 3)),)


def make():
    torch.manual_seed(0)
    return Sentence(), _data(), None


def fixed():
    torch.manual_seed(0)
    return SentenceFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

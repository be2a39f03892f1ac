"""Sentence VAE encoder: hidden.view(batch, hidden * factor) on (factor, batch, hidden)."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c005',
    source='timbmg/Sentence-VAE#15',
    title='Confusion about the batch: the second dimension of hidden is batch',
    loud=False,
    cause='hn_view_scramble',
    explanation='batch_first=True does not reach h_n, which is (layers*dirs, batch, hidden). Flattening with '
                'view(batch, -1) makes the code of a sentence from other sentences.',
    fix='hidden.transpose(0, 1).reshape(batch, -1)',
    layout='batch seq',
)
V, E, H, Z = 19, 5, 4, 3
FACTOR = 2 * 2                                                       # directions * layers


class SentenceVAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.encoder_rnn = nn.GRU(E, H, num_layers=2, bidirectional=True, batch_first=True)
        self.hidden2mean = nn.Linear(H * FACTOR, Z)
        self.hidden2logv = nn.Linear(H * FACTOR, Z)

    def flat(self, hidden, n):
        return hidden.view(n, H * FACTOR)  # BUG

    def forward(self, sentences, length):
        lengths, order = torch.sort(length, descending=True)
        packed = pack_padded_sequence(self.embedding(sentences[order]), lengths.tolist(), batch_first=True)
        _, hidden = self.encoder_rnn(packed)
        code = self.flat(hidden, sentences.size(0))
        mean, logv = self.hidden2mean(code), self.hidden2logv(code)  # BUG
        back = torch.argsort(order)
        return mean[back], logv[back]


class SentenceVAEFixed(SentenceVAE):
    def flat(self, hidden, n):
        return hidden.transpose(0, 1).reshape(n, H * FACTOR)


def _data():
    torch.manual_seed(1)
    length = torch.tensor([4, 8, 6, 8, 3])
    words = torch.randint(1, V, (5, 8))
    return words * (torch.arange(8) < length[:, None]), length


def make():
    torch.manual_seed(0)
    return SentenceVAE(), _data(), None


def fixed():
    torch.manual_seed(0)
    return SentenceVAEFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

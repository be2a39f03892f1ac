"""DataParallel: init_hidden uses the loader's batch size, the replica gets its share only."""
import torch
from torch import nn

META = dict(
    id='c012',
    source='taoxugit/AttnGAN#16',
    title='Parallel multi-GPU training: Expected hidden size (2, 24, 128), got (1, 48, 128)',
    loud=True,
    cause='dataparallel_hidden',
    explanation='The text encoder makes its state from the batch size of the configuration. A replica sees only its'
                ' share of the captions.',
    fix='make the state from captions.size(0) inside forward',
    layout='batch seq',
)
V, E, H = 17, 5, 4
CONFIG = {'batch': 8}


class RnnEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(V, E)
        self.rnn = nn.LSTM(E, H, 1, batch_first=True, bidirectional=True)

    def init_hidden(self, captions):
        zero = self.encoder.weight.new_zeros(2, CONFIG['batch'], H)  # BUG
        return zero, zero.clone()

    def forward(self, captions):
        words, (sent, _) = self.rnn(self.encoder(captions), self.init_hidden(captions))  # BUG
        return words.transpose(1, 2), sent.transpose(0, 1).reshape(-1, 2 * H)


class RnnEncoderFixed(RnnEncoder):
    def init_hidden(self, captions):
        zero = self.encoder.weight.new_zeros(2, captions.size(0), H)
        return zero, zero.clone()


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (8, 6)),)


def make():
    torch.manual_seed(0)
    return RnnEncoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return RnnEncoderFixed(), _data(), None


def run(model, inputs, targets):
    words, sents = zip(*(model(share) for share in inputs[0].chunk(2)))     # one share for each device  # BUG
    return torch.cat(words), torch.cat(sents)

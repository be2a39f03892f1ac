"""The encoder's outputs are handed over as the decoder's state."""
import torch
from torch import nn

META = dict(
    id='c064',
    source='spro/practical-pytorch#30 (encoder_output proposed as the decoder state)',
    title='decoder_hidden = encoder_output',
    loud=True,
    cause='state_wrong_source',
    explanation='The output of the encoder is (batch, seq, H), one vector for each step; the state is (layers, '
                'batch, H).',
    fix='decoder_hidden = encoder_hidden',
    layout=['batch seq', 'batch target'],
)
V, E, H = 14, 4, 6


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.src, self.tgt = nn.Embedding(V, E), nn.Embedding(V, E)
        self.encoder = nn.GRU(E, H, batch_first=True)
        self.decoder = nn.GRU(E, H, batch_first=True)
        self.out = nn.Linear(H, V)

    def start(self, outputs, hidden):
        return outputs  # BUG

    def forward(self, source, target):
        outputs, hidden = self.encoder(self.src(source))
        y, _ = self.decoder(self.tgt(target[:, :-1]), self.start(outputs, hidden))  # BUG
        return self.out(y)


class TranslatorFixed(Translator):
    def start(self, outputs, hidden):
        return hidden


def _data():
    torch.manual_seed(1)
    return torch.randint(0, V, (3, 7)), torch.randint(0, V, (3, 5))


def make():
    torch.manual_seed(0)
    return Translator(), _data(), None


def fixed():
    torch.manual_seed(0)
    return TranslatorFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

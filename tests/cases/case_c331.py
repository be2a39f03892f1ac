"""Manhattan LSTM: the pair (h_n, c_n) is unpacked in the wrong order."""
import torch
from torch import nn

META = dict(
    id='c331', source='siamese (Manhattan) LSTM ports; Keras returns [output, h, c], PyTorch (output, (h, c))',
    title='out, (cell, hidden) = self.lstm(x)',
    loud=False, cause='cell_state_as_output',
    explanation='PyTorch returns (h_n, c_n) in this order. What is called hidden here is the cell state, which has '
                'the '
                'same shape but is '
                'neither squashed nor gated.',
    fix='_, (hidden, cell) = self.lstm(x)',
    layout=['batch seq', 'batch seq'],
)


class MaLSTM(nn.Module):
    def __init__(self, words=36, dim=8, units=6):
        super().__init__()
        self.vectors = nn.Embedding(words, dim)
        self.lstm = nn.LSTM(dim, units, batch_first=True)

    def sentence(self, ids):
        _, (cell, hidden) = self.lstm(self.vectors(ids))  # BUG
        return hidden.squeeze(0)  # BUG

    def forward(self, left, right):
        distance = torch.sum(torch.abs(self.sentence(left) - self.sentence(right)), dim=1)
        return torch.exp(-distance)


class MaLSTMFixed(MaLSTM):
    def sentence(self, ids):
        _, (hidden, cell) = self.lstm(self.vectors(ids))
        return hidden.squeeze(0)


def _pairs():
    torch.manual_seed(1)
    return torch.randint(0, 36, (4, 6)), torch.randint(0, 36, (4, 9))


def make():
    torch.manual_seed(0)
    return MaLSTM(), _pairs(), None


def fixed():
    torch.manual_seed(0)
    return MaLSTMFixed(), _pairs(), None


def run(model, inputs, targets):
    return model(*inputs)

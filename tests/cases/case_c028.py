"""bidirectional=True switched on, the head still takes hidden features."""
import torch
from torch import nn

META = dict(
    id='c028',
    source='own; "mat1 and mat2 shapes cannot be multiplied" after bidirectional=True',
    title='Linear(hidden, classes) behind a bidirectional LSTM',
    loud=True,
    cause='head_in_features',
    explanation='Both directions are concatenated: the output has 2 * hidden features.',
    fix='nn.Linear(2 * hidden, tags)',
    layout=['batch seq', None],
)
V, E, H, TAGS = 31, 6, 5, 4


class BiLSTMTagger(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.word_embeddings = nn.Embedding(V, E, padding_idx=0)
        self.lstm = nn.LSTM(E, H, num_layers=1, bidirectional=True, batch_first=True)  # BUG
        self.hidden2tag = nn.Linear(width, TAGS)  # BUG

    def forward(self, sentences, mask):
        out, _ = self.lstm(self.word_embeddings(sentences))
        emissions = self.hidden2tag(out)  # BUG
        return emissions.masked_fill(~mask[..., None], 0.0)


def _data():
    torch.manual_seed(1)
    words = torch.randint(1, V, (3, 7))
    words[1, 5:], words[2, 3:] = 0, 0
    return words, words != 0


def make():
    torch.manual_seed(0)
    return BiLSTMTagger(H), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return BiLSTMTagger(2 * H), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

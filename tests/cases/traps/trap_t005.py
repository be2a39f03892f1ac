"""Hierarchical tagger: letters of each word by one BiLSTM, words of the sentence by another."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='t005',
    source='own; char-BiLSTM + word-BiLSTM taggers',
    title='(batch, words, letters) folded to (batch * words, letters)',
    explanation='h_n of the letter LSTM is (2, batch*words, H); cat of its two halves belongs to one word each.',
    layout=['batch seq letters', 'batch seq'],
)
CHARS, E, HC, HW, TAGS = 20, 4, 3, 5, 4


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.char = nn.Embedding(CHARS, E, padding_idx=0)
        self.char_rnn = nn.LSTM(E, HC, bidirectional=True, batch_first=True)
        self.word_rnn = nn.GRU(2 * HC, HW, bidirectional=True, batch_first=True)
        self.tag = nn.Linear(2 * HW, TAGS)

    def forward(self, letters, letter_counts):
        b, w, n = letters.shape
        flat, counts = letters.reshape(-1, n), letter_counts.reshape(-1).clamp(min=1)
        packed = pack_padded_sequence(self.char(flat), counts.cpu(), batch_first=True, enforce_sorted=False)
        _, (h, _) = self.char_rnn(packed)
        words = torch.cat([h[0], h[1]], dim=-1).view(b, w, 2 * HC)
        words = words * (letter_counts > 0).unsqueeze(-1)
        out, _ = self.word_rnn(words)
        return self.tag(out)


def fixed():
    torch.manual_seed(0)
    model = Tagger()
    torch.manual_seed(1)
    counts = torch.tensor([[3, 5, 2, 4], [4, 1, 3, 5], [2, 5, 5, 1]])
    letters = torch.randint(1, CHARS, (3, 4, 5)) * (torch.arange(5) < counts[..., None])
    return model, (letters, counts), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

"""Character CNN and character LSTM per word (words folded into the batch) inside a word-level BiLSTM."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y045', source='own', title='words folded into the batch for the character models', loud=False, cause='none',
    explanation='flatten(0, 1) makes every word a sample; h_n of the char LSTM is cut by directions and unfolded to '
                '(B, T, ...).',
    layout=['batch seq chars', 'batch seq'],
)


class CharWord(nn.Module):
    def __init__(self):
        super().__init__()
        self.char = nn.Embedding(30, 5)
        self.cnn = nn.Conv1d(5, 6, 3, padding=1)
        self.crnn = nn.LSTM(5, 4, bidirectional=True, batch_first=True)
        self.word = nn.Embedding(50, 7)
        self.rnn = nn.LSTM(7 + 6 + 8, 6, bidirectional=True, batch_first=True)
        self.tag = nn.Linear(12, 5)

    def forward(self, chars, words):
        n, t, c = chars.shape
        e = self.char(chars.flatten(0, 1))                                  # (n*t, c, 5)
        by_cnn = F.relu(self.cnn(e.mT)).amax(-1)
        _, (h, _) = self.crnn(e)
        by_rnn = h.permute(1, 0, 2).reshape(n * t, -1)
        x = torch.cat([self.word(words), by_cnn.view(n, t, -1), by_rnn.view(n, t, -1)], dim=2)
        return self.tag(self.rnn(x)[0]).transpose(1, 2)                      # (n, tags, t)


def _inputs():
    torch.manual_seed(1)
    return torch.randint(0, 30, (3, 6, 4)), torch.randint(0, 50, (3, 6))


def make():
    torch.manual_seed(0)
    return CharWord(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

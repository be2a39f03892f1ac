"""Char-RNN from one-hot characters in an nn.Sequential: batches are (batch, seq), the LSTM is seq-first."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='c313', source='char-rnn tutorials and their forum questions (loss does not go below the unigram entropy)',
    title='get_batches yields (n_seqs, n_steps) but the LSTM was made without batch_first',
    loud=False, cause='batch_seq_swapped',
    explanation='The LSTM recurs over the 8 text pieces of the batch, so a character is predicted from the '
                'characters of '
                'other pieces. The '
                'flattened loss fits in shape.',
    fix='nn.LSTM(CHARS, 16, batch_first=True)',
    layout='batch seq',
)
CHARS = 14


class OneHot(nn.Module):
    def forward(self, ids):
        return F.one_hot(ids, CHARS).float()


class Output(nn.Module):
    """an LSTM that returns only its output"""

    def __init__(self, rnn):
        super().__init__()
        self.rnn = rnn

    def forward(self, x):
        return self.rnn(x)[0]  # BUG


class OutputOnly(nn.Module):
    def __init__(self, rnn):
        super().__init__()
        self.rnn = rnn

    def forward(self, x):
        return self.rnn(x)[0]


def char_rnn():
    return nn.Sequential(
        OneHot(),
        Output(nn.LSTM(CHARS, 16)),  # BUG
        nn.Linear(16, CHARS),
    )


def char_rnn_right():
    return nn.Sequential(
        OneHot(),
        OutputOnly(nn.LSTM(CHARS, 16, batch_first=True)),
        nn.Linear(16, CHARS),
    )


def _text():
    torch.manual_seed(1)
    ids = torch.randint(0, CHARS, (8, 12))
    return (ids[:, :-1],), ids[:, 1:]


def make():
    torch.manual_seed(0)
    return (char_rnn(),) + _text()


def fixed():
    torch.manual_seed(0)
    return (char_rnn_right(),) + _text()


def run(model, inputs, targets):
    logits = model(*inputs)
    return F.cross_entropy(logits.reshape(-1, CHARS), targets.reshape(-1))

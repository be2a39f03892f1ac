"""Character CNN inside a word tagger: view(-1, char_dim, word_len) instead of a transpose."""
import torch
import torch.nn as nn
import torch.nn.functional as F

META = dict(
    id='c306', source='galsang/BiDAF-pytorch#17',
    title='Is it appropriate to apply the view function in char_emb_layer?',
    loud=False, cause='view_not_permute',
    explanation='The looked-up characters are (batch, words, chars, char_dim). Viewing them as (batch*words, '
                'char_dim, '
                'chars) keeps the '
                'memory order: a "channel" becomes a stretch of embedding numbers of several characters.',
    fix='x = x.view(-1, word_len, char_dim).transpose(1, 2)',
    layout='batch seq chars',
)
N_CHAR, CHAR_DIM, CHANNELS, N_TAGS = 27, 8, 10, 5


class CharWordTagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.char_emb = nn.Embedding(N_CHAR, CHAR_DIM)
        self.char_conv = nn.Conv1d(CHAR_DIM, CHANNELS, 3)
        self.context = nn.LSTM(CHANNELS, 7, bidirectional=True, batch_first=True)
        self.tag = nn.Linear(14, N_TAGS)

    def char_layer(self, chars):
        b, t, w = chars.size()
        x = self.char_emb(chars)
        x = x.view(-1, CHAR_DIM, w)  # BUG
        x = F.relu(self.char_conv(x)).max(dim=2)[0]
        return x.view(b, t, -1)

    def forward(self, chars):
        states, _ = self.context(self.char_layer(chars))
        return self.tag(states)


class CharWordTaggerFixed(CharWordTagger):
    def char_layer(self, chars):
        b, t, w = chars.size()
        x = self.char_emb(chars)
        x = x.view(-1, w, CHAR_DIM).transpose(1, 2)
        x = F.relu(self.char_conv(x)).max(dim=2)[0]
        return x.view(b, t, -1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, N_CHAR, (3, 7, 6)),)


def make():
    torch.manual_seed(0)
    return CharWordTagger(), _inputs(), None


def fixed():
    torch.manual_seed(0)
    return CharWordTaggerFixed(), _inputs(), None


def run(model, inputs, targets):
    return model(*inputs)

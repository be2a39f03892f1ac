"""Listen-attend-spell: pyramidal BiLSTM (reshape joins two neighbouring frames), learned start state, LSTMCell
decoder."""
import torch
from torch import nn

META = dict(
    id='y050', source='own', title='pyramid encoder and attention decoder', loud=False, cause='none',
    explanation='reshape(B, T//2, 2*D) joins frames 2k and 2k+1 of the same utterance: halving the time is meant. The '
                'learned start state is '
                'one row for all samples.',
    layout=['batch seq features', 'batch seq'],
)


class Pyramid(nn.Module):
    def __init__(self, dim, hid):
        super().__init__()
        self.rnn = nn.LSTM(2 * dim, hid, bidirectional=True, batch_first=True)

    def forward(self, x):
        b, t, d = x.shape
        return self.rnn(x.reshape(b, t // 2, 2 * d))[0]


class LAS(nn.Module):
    def __init__(self, vocab=10):
        super().__init__()
        self.listen = nn.Sequential(Pyramid(5, 4), Pyramid(8, 4))
        self.h0, self.c0 = nn.Parameter(torch.randn(1, 7)), nn.Parameter(torch.randn(1, 7))
        self.emb = nn.Embedding(vocab, 6)
        self.cell = nn.LSTMCell(6 + 8, 7)
        self.query = nn.Linear(7, 8)
        self.spell = nn.Linear(7 + 8, vocab)

    def forward(self, audio, text):
        memory = self.listen(audio)
        n = audio.size(0)
        h, c = self.h0.expand(n, -1), self.c0.expand(n, -1)
        context, out = memory.mean(1), []
        for tok in self.emb(text).unbind(1):
            h, c = self.cell(torch.cat([tok, context], 1), (h, c))
            w = torch.einsum('bth,bh->bt', memory, self.query(h)).softmax(1)
            context = torch.einsum('bt,bth->bh', w, memory)
            out.append(self.spell(torch.cat([h, context], 1)))
        return torch.stack(out, 1)


def _inputs():
    torch.manual_seed(1)
    return torch.randn(4, 12, 5), torch.randint(0, 10, (4, 6))


def make():
    torch.manual_seed(0)
    return LAS(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

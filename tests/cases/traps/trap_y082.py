"""Listen, Attend and Spell with a pyramidal BiLSTM."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y082', source='own', loud=False, cause='none',
    title='Listen, Attend and Spell with a pyramidal BiLSTM',
    explanation=(
        'Neighbour frames are joined by view(b, t // 2, 2 d) on a batch-first contiguous tensor, lengths '
        'are halved, the odd frame is cut.'), fix='',
    layout=['batch seq features', 'batch', 'batch seq'],
)


class Listener(nn.Module):
    def __init__(self, d=6, h=5):
        super().__init__()
        self.base = nn.LSTM(d, h, batch_first=True, bidirectional=True)
        self.pyr = nn.ModuleList(nn.LSTM(4 * h, h, batch_first=True, bidirectional=True) for _ in range(2))

    def _rnn(self, rnn, x, lengths):
        p = nn.utils.rnn.pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        return nn.utils.rnn.pad_packed_sequence(rnn(p)[0], batch_first=True, total_length=x.size(1))[0]

    def forward(self, x, lengths):
        x = self._rnn(self.base, x, lengths)
        for rnn in self.pyr:
            b, t, d = x.shape
            x = x[:, :t // 2 * 2].contiguous().view(b, t // 2, 2 * d)
            lengths = torch.div(lengths, 2, rounding_mode='floor')
            x = self._rnn(rnn, x, lengths)
        return x, lengths


class LAS(nn.Module):
    def __init__(self, vocab=11, h=5, s=12):
        super().__init__()
        self.listen = Listener(h=h)
        self.emb = nn.Embedding(vocab, 6)
        self.cells = nn.ModuleList([nn.LSTMCell(6 + 2 * h, s), nn.LSTMCell(s, s)])
        self.key, self.query = nn.Linear(2 * h, 8), nn.Linear(s, 8)
        self.out = nn.Linear(s + 2 * h, vocab)

    def forward(self, x, lengths, y):
        mem, n = self.listen(x, lengths)
        keys = self.key(mem)
        mask = torch.arange(mem.size(1)).unsqueeze(0) < n.unsqueeze(1)
        ctx = mem.new_zeros(mem.size(0), mem.size(2))
        states = [None, None]
        logits = []
        for emb in self.emb(y).unbind(1):
            z = torch.cat([emb, ctx], 1)
            for i, cell in enumerate(self.cells):
                states[i] = cell(z, states[i])
                z = states[i][0]
            score = torch.bmm(keys, self.query(z).unsqueeze(2)).squeeze(2).masked_fill(~mask, -1e9)
            ctx = (score.softmax(1).unsqueeze(2) * mem).sum(1)
            logits.append(self.out(torch.cat([z, ctx], 1)))
        return torch.stack(logits, 1)


def make():
    torch.manual_seed(0)
    m = LAS()
    torch.manual_seed(1)
    return m, (torch.randn(4, 18, 6), torch.tensor([18, 13, 9, 16]), torch.randint(1, 11, (4, 7))), None


fixed = make


def run(model, inputs, targets):
    x, lengths, y = inputs
    logits = model(x, lengths, y[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), y[:, 1:].flatten())

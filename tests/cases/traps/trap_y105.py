"""BiLSTM-CRF: masked forward algorithm, gold score and Viterbi back-trace."""
import torch
from torch import nn

META = dict(
    id='y105', source='own', loud=False, cause='none',
    title='BiLSTM-CRF: masked forward algorithm, gold score and Viterbi back-trace',
    explanation=(
        'logsumexp is over the previous tag; finished rows keep their score by where; the back-trace '
        'gathers per sample.'), fix='',
    layout=['batch seq', 'batch seq'],
)


class CRF(nn.Module):
    def __init__(self, tags):
        super().__init__()
        self.start, self.end = nn.Parameter(torch.randn(tags) * 0.1), nn.Parameter(torch.randn(tags) * 0.1)
        self.trans = nn.Parameter(torch.randn(tags, tags) * 0.1)

    def score(self, em, tags, mask):
        m = mask.float()
        s = self.start[tags[:, 0]] + em.gather(2, tags.unsqueeze(2)).squeeze(2).mul(m).sum(1)
        s = s + (self.trans[tags[:, :-1], tags[:, 1:]] * m[:, 1:]).sum(1)
        last = tags.gather(1, mask.sum(1, keepdim=True) - 1).squeeze(1)
        return s + self.end[last]

    def partition(self, em, mask):
        a = self.start + em[:, 0]
        for t in range(1, em.size(1)):
            nxt = torch.logsumexp(a.unsqueeze(2) + self.trans + em[:, t].unsqueeze(1), dim=1)
            a = torch.where(mask[:, t].unsqueeze(1), nxt, a)
        return torch.logsumexp(a + self.end, dim=1)

    @torch.no_grad()
    def decode(self, em, mask):
        a, back = self.start + em[:, 0], []
        idle = torch.arange(em.size(2)).expand(em.size(0), -1)
        for t in range(1, em.size(1)):
            best, arg = (a.unsqueeze(2) + self.trans).max(1)
            m = mask[:, t].unsqueeze(1)
            a, arg = torch.where(m, best + em[:, t], a), torch.where(m, arg, idle)
            back.append(arg)
        cur = (a + self.end).argmax(1, keepdim=True)
        path = [cur]
        for arg in reversed(back):
            cur = arg.gather(1, cur)
            path.append(cur)
        return torch.cat(path[::-1], 1) * mask


class Tagger(nn.Module):
    def __init__(self, vocab=20, tags=5, e=6, h=5):
        super().__init__()
        self.emb, self.crf = nn.Embedding(vocab, e, padding_idx=0), CRF(tags)
        self.lstm = nn.LSTM(e, h, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * h, tags)

    def emit(self, x):
        mask = x > 0
        p = nn.utils.rnn.pack_padded_sequence(self.emb(x), mask.sum(1).cpu(), batch_first=True,
                                              enforce_sorted=False)
        o, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(p)[0], batch_first=True, total_length=x.size(1))
        return self.out(o), mask

    def forward(self, x, tags):
        em, mask = self.emit(x)
        return self.crf.partition(em, mask) - self.crf.score(em, tags, mask), self.crf.decode(em, mask)


def make():
    torch.manual_seed(0)
    m = Tagger()
    torch.manual_seed(1)
    x, y = torch.randint(1, 20, (5, 8)), torch.randint(0, 5, (5, 8))
    for i, n in enumerate((6, 8, 3, 7, 5)):
        x[i, n:], y[i, n:] = 0, 0
    return m, (x, y), None


fixed = make


def run(model, inputs, targets):
    nll, path = model(*inputs)
    return nll.mean()

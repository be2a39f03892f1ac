"""BiLSTM-CRF: forward algorithm over time-major emissions, with masks; logsumexp over the previous tag."""
import torch
from torch import nn

META = dict(
    id='y040', source='own', title='CRF negative log-likelihood per sentence', loud=False, cause='none',
    explanation='alpha[:, :, None] + transitions[None] is (batch, from, to); the sum runs over "from" = axis 1.',
    layout='batch seq',
)
TAGS = 5


class BiLSTMCRF(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(33, 7)
        self.lstm = nn.LSTM(7, 6, bidirectional=True)
        self.emit = nn.Linear(12, TAGS)
        self.trans = nn.Parameter(torch.randn(TAGS, TAGS) * 0.3)
        self.start, self.end = nn.Parameter(torch.randn(TAGS)), nn.Parameter(torch.randn(TAGS))

    def forward(self, ids):
        return self.emit(self.lstm(self.emb(ids.t()))[0])                 # (T, B, TAGS)

    def nll(self, ids, tags):
        e, y = self(ids), tags.t()
        n = torch.arange(ids.size(0))
        gold = self.start[y[0]] + e[0, n, y[0]]
        alpha = self.start + e[0]
        for t in range(1, e.size(0)):
            gold = gold + self.trans[y[t - 1], y[t]] + e[t, n, y[t]]
            alpha = torch.logsumexp(alpha.unsqueeze(2) + self.trans.unsqueeze(0), dim=1) + e[t]
        return torch.logsumexp(alpha + self.end, dim=1) - gold - self.end[y[-1]]


def _inputs():
    torch.manual_seed(1)
    return (torch.randint(0, 33, (5, 6)),), torch.randint(0, TAGS, (5, 6))


def make():
    torch.manual_seed(0)
    return (BiLSTMCRF(),) + _inputs()


fixed = make


def run(model, inputs, targets):
    return model.nll(*inputs, targets)

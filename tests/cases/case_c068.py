""""out, (_, hidden) = lstm(x)": the second member of the state is c_n."""
import torch
from torch import nn

META = dict(
    id='c068',
    source='dasguptar/treelstm.pytorch#29 (cell state used for the similarity instead of the hidden state)',
    title='Sentence similarity computed from the cell state',
    loud=False,
    cause='cell_state_as_output',
    explanation='nn.LSTM returns (output, (h_n, c_n)): the name hidden is bound to c_n.',
    fix='_, (hidden, _) = self.lstm(x)',
    layout=['batch seq', 'batch seq'],
)
V, E, H = 22, 5, 6


class Similarity(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, batch_first=True)
        self.wh, self.wp = nn.Linear(2 * H, 8), nn.Linear(8, 5)

    def encode(self, words):
        _, (_, hidden) = self.lstm(self.emb(words))  # BUG
        return hidden[-1]  # BUG

    def forward(self, left, right):
        lvec, rvec = self.encode(left), self.encode(right)
        vec = torch.cat((lvec * rvec, (lvec - rvec).abs()), 1)  # BUG
        return self.wp(torch.sigmoid(self.wh(vec))).log_softmax(dim=1)


class SimilarityFixed(Similarity):
    def encode(self, words):
        _, (hidden, _) = self.lstm(self.emb(words))
        return hidden[-1]


def _data():
    torch.manual_seed(1)
    return torch.randint(0, V, (4, 6)), torch.randint(0, V, (4, 8))


def make():
    torch.manual_seed(0)
    return Similarity(), _data(), None


def fixed():
    torch.manual_seed(0)
    return SimilarityFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

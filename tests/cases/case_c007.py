"""Letter-sequence attention of a Chinese study group: softmax(1) on (seq, batch, 1)."""
import torch
from torch import nn

META = dict(
    id='c007',
    source='ssw-nlp-study-group/nlp_study#2 (pull request, translated)',
    title='Axis 0 is the letters, axis 1 is the batch: softmax must run along axis 0',
    loud=False,
    cause='softmax_axis',
    explanation='The LSTM is seq-first; softmax(dim=1) makes the attention weights of the names in the batch '
                'compete, not the letters of one name.',
    fix='weights = torch.softmax(score, dim=0)',
    layout='seq batch',
)
V, E, H, CLS = 27, 5, 6, 4


class NameClassifier(nn.Module):
    axis = 1  # BUG

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, bidirectional=True)
        self.score = nn.Linear(2 * H, 1)
        self.fc = nn.Linear(2 * H, CLS)

    def forward(self, letters):
        out, _ = self.lstm(self.emb(letters))
        weights = torch.softmax(self.score(torch.tanh(out)), dim=self.axis)  # BUG
        return self.fc((weights * out).sum(0))


class NameClassifierFixed(NameClassifier):
    axis = 0


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (8, 5)),)


def make():
    torch.manual_seed(0)
    return NameClassifier(), _data(), torch.tensor([0, 2, 1, 3, 3])


def fixed():
    torch.manual_seed(0)
    return NameClassifierFixed(), _data(), torch.tensor([0, 2, 1, 3, 3])


def run(model, inputs, targets):
    logits = model(*inputs)
    return logits, nn.functional.cross_entropy(logits, targets)

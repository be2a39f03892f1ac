"""CrossEntropyLoss with logits.view(batch, vocab, seq): the shape fits, the classes are scrambled."""
import torch
from torch import nn

META = dict(
    id='c084',
    source='own; the view that makes "Expected target size" go away',
    title='criterion(logits.view(batch, vocab, seq), targets)',
    loud=False,
    cause='loss_class_axis',
    explanation='view does not move the class axis: position (class c, step t) holds the score of some other class '
                'at some other step.',
    fix='criterion(logits.transpose(1, 2), targets)',
    layout='batch seq',
)
V, E, H = 11, 5, 6


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, batch_first=True)
        self.out = nn.Linear(H, V)

    def arrange(self, logits):
        n, steps, classes = logits.shape
        return logits.view(n, classes, steps)  # BUG

    def forward(self, tokens):
        out, _ = self.lstm(self.emb(tokens[:, :-1]))
        logits = self.arrange(self.out(out))
        return nn.functional.cross_entropy(logits, tokens[:, 1:])  # BUG


class LMFixed(LM):
    def arrange(self, logits):
        return logits.permute(0, 2, 1)


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 8)),)


def make():
    torch.manual_seed(0)
    return LM(), _data(), None


def fixed():
    torch.manual_seed(0)
    return LMFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""A subclass of nn.LSTM that drops padding outputs, built without batch_first."""
import torch
from torch import nn

META = dict(
    id='c106',
    source='HsiaoYetGun/ESIM#8 (translated: the LSTM wants [seq_len, batch, emb], a transpose is missing); own re-'
           'creation',
    title='A masking subclass of nn.LSTM used on batch-first embeddings',
    loud=False,
    cause='batch_seq_swapped',
    explanation='The subclass keeps the default batch_first=False; the sentences of the batch are read as the '
                'steps.',
    fix='MaskedLSTM(E, H, bidirectional=True, batch_first=True)',
    layout=['batch seq', 'batch seq'],
)
V, E, H = 16, 5, 4


class MaskedLSTM(nn.LSTM):
    def forward(self, x, mask=None, hx=None):
        out, state = super().forward(x, hx)  # BUG
        return (out if mask is None else out * mask.unsqueeze(-1)), state


class Esim(nn.Module):
    def __init__(self, **how):
        super().__init__()
        self.emb = nn.Embedding(V, E, padding_idx=0)
        self.encode = MaskedLSTM(E, H, bidirectional=True, **how)  # BUG
        self.fc = nn.Linear(8 * H, 3)

    def one(self, words):
        out, _ = self.encode(self.emb(words), words != 0)  # BUG
        return out

    def forward(self, premise, hypothesis):
        a, b = self.one(premise), self.one(hypothesis)
        e = torch.bmm(a, b.transpose(1, 2))
        a2 = e.softmax(-1) @ b
        b2 = e.transpose(1, 2).softmax(-1) @ a
        pooled = [a.mean(1), a2.max(1)[0], b.mean(1), b2.max(1)[0]]
        return self.fc(torch.cat(pooled, dim=-1))


def _data():
    torch.manual_seed(1)
    return torch.randint(1, V, (4, 7)), torch.randint(1, V, (4, 6))


def make():
    torch.manual_seed(0)
    return Esim(), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return Esim(batch_first=True), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""A seq-first language model: text (seq, batch), the LSTM is batch_first, loss on flattened logits, backward."""
import torch
from torch import nn

META = dict(
    id='c108',
    source='own; word language model with an iterator of (bptt, batch)',
    title='batch_first=True with seq-first batches, in a training step with clipping',
    loud=False,
    cause='batch_seq_swapped',
    explanation='The iterator gives (bptt, batch); batch_first=True makes the LSTM run over the 4 columns of the '
                'corpus.',
    fix='nn.LSTM(E, H) without batch_first',
    layout='seq batch',
)
V, E, H = 15, 6, 6


class LM(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.emb = nn.Embedding(V, E)
        self.rnn = nn.LSTM(E, H, 2, batch_first=batch_first)  # BUG
        self.dec = nn.Linear(H, V, bias=False)
        self.dec.weight = self.emb.weight

    def forward(self, text):
        out, _ = self.rnn(self.drop(self.emb(text)))  # BUG
        return self.dec(self.drop(out))


def _data():
    torch.manual_seed(1)
    corpus = torch.randint(0, V, (10, 4))
    return (corpus[:-1],), corpus[1:]


def make():
    torch.manual_seed(0)
    return (LM(True),) + _data()  # BUG


def fixed():
    torch.manual_seed(0)
    return (LM(False),) + _data()


def run(model, inputs, targets):
    model.zero_grad()
    logits = model(*inputs)
    loss = nn.functional.cross_entropy(logits.reshape(-1, V), targets.reshape(-1))
    if loss.requires_grad:
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
    return logits, loss

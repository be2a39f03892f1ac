"""Packed batch with all positions scored, masked loss by hand over flat rows in one order."""
import torch
from torch import nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='t074', source='taggers with packing',
    title='Masked token loss',
    explanation='Logits and targets are both flattened batch first.',
    layout=[ "batch seq", "batch seq", None],
)
V, E, H, TAGS = 15, 4, 5, 3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E, padding_idx=0)
        self.lstm = nn.LSTM(E, H, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(2 * H, TAGS)

    def forward(self, words, lengths):
        packed = pack_padded_sequence(self.emb(words), lengths, batch_first=True, enforce_sorted=False)
        return self.tag(pad_packed_sequence(self.lstm(packed)[0], batch_first=True)[0])


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([5, 7, 3])
    mask = torch.arange(7) < lengths[:, None]
    return (torch.randint(1, V, (3, 7)) * mask, torch.randint(0, TAGS, (3, 7)) * mask, lengths), None


def run(model, inputs, targets):
    words, tags, lengths = inputs
    logits = model(words, lengths)
    loss = F.cross_entropy(logits.flatten(0, 1), tags.flatten(), reduction="none")
    mask = (words != 0).flatten()
    return (loss * mask).sum() / mask.sum()


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())

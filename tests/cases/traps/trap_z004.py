"""Lengths stand in a column of the data, and the ways through the program depend on them, as in DeepCTR-Torch's DIEN."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='z004',
    source='zoo: deepctr-torch, models/dien.py',
    title='keys[lengths > 0] is packed, its result put back by zero[mask] = out',
    explanation='A sample without history gets zeros; a changed sample has another length, so that other steps are taken.',
    layout='batch columns',
)
STEPS, WORDS, HIDDEN = 6, 9, 4


class History(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(WORDS, HIDDEN)
        self.gru = nn.GRU(HIDDEN, HIDDEN, batch_first=True)
        self.fc = nn.Linear(2 * HIDDEN, 1)

    def forward(self, x):
        ids, lengths = x[:, :STEPS].long(), x[:, STEPS].long()
        query = self.embed(x[:, STEPS + 1].long())
        some = lengths > 0
        result = x.new_zeros(len(x), HIDDEN)
        if some.any():
            keys = self.embed(ids)[some]
            _, h_n = self.gru(pack_padded_sequence(keys, lengths[some], batch_first=True, enforce_sorted=False))
            result[some] = h_n.squeeze(0)
        return self.fc(torch.cat((query, result), dim=1))


def fixed():
    torch.manual_seed(0)
    model = History()
    torch.manual_seed(1)
    x = torch.randint(1, WORDS, (5, STEPS + 2)).float()
    x[:, STEPS] = torch.tensor([4.0, 0.0, 6.0, 2.0, 5.0])
    return model, (x,), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

"""Translation: packed BiLSTM encoder, attention with a mask, decoder fed the shifted target."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='t025',
    source='own; seq2seq with attention',
    title='Teacher forcing on target[:, :-1], loss on target[:, 1:] with ignore_index',
    explanation='The last target token is never an input: ignoring it is right. Masks come from lengths.',
    layout=['batch seq', None, 'batch target'],
)
V, E, H = 17, 5, 6


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.src, self.tgt = nn.Embedding(V, E, padding_idx=0), nn.Embedding(V, E, padding_idx=0)
        self.encoder = nn.LSTM(E, H, bidirectional=True, batch_first=True)
        self.h, self.c, self.key = nn.Linear(2 * H, H), nn.Linear(2 * H, H), nn.Linear(2 * H, H, bias=False)
        self.decoder = nn.LSTM(E, H, batch_first=True)
        self.mix, self.out = nn.Linear(3 * H, E), nn.Linear(E, V, bias=False)
        self.out.weight = self.tgt.weight

    def forward(self, source, lengths, target):
        packed = pack_padded_sequence(self.src(source), lengths, batch_first=True, enforce_sorted=False)
        memory, (h, c) = self.encoder(packed)
        memory, _ = pad_packed_sequence(memory, batch_first=True, total_length=source.size(1))
        state = (torch.tanh(self.h(torch.cat([h[0], h[1]], dim=1))).unsqueeze(0),
                 torch.tanh(self.c(torch.cat([c[0], c[1]], dim=1))).unsqueeze(0))
        out, _ = self.decoder(self.tgt(target[:, :-1]), state)
        scores = out.bmm(self.key(memory).transpose(1, 2))
        pad = torch.arange(source.size(1))[None] >= lengths[:, None]
        weights = scores.masked_fill(pad.unsqueeze(1), float('-inf')).softmax(dim=-1)
        return self.out(torch.tanh(self.mix(torch.cat([weights.bmm(memory), out], dim=-1))))


def fixed():
    torch.manual_seed(0)
    model = Translator()
    torch.manual_seed(1)
    lengths = torch.tensor([5, 7, 4])
    source = torch.randint(1, V, (3, 7)) * (torch.arange(7) < lengths[:, None])
    target = torch.randint(1, V, (3, 6)) * (torch.arange(6) < torch.tensor([[6], [4], [5]]))
    return model, (source, lengths, target), None


def run(model, inputs, targets):
    logits = model(*inputs)
    gold = inputs[2][:, 1:]
    return nn.functional.cross_entropy(logits.transpose(1, 2), gold, ignore_index=0, reduction='none')


make = None

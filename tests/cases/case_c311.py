"""Seq2seq decoder: flat logits viewed as (batch, vocab, steps), the shape cross_entropy accepts."""
import torch
from torch import nn
from torch.nn import functional as F

META = dict(
    id='c311', source='IBM/pytorch-seq2seq#193',
    title='The dimension of predicted_softmax in DecoderRNN.py: view(batch_size, output_size, -1)',
    loud=False, cause='loss_class_axis',
    explanation='The flat logits have one row of vocab scores per step. Viewed as (batch, vocab, steps) the scores '
                'of one '
                'step are spread '
                'over several classes and steps; the loss takes the shape and trains on nonsense.',
    fix='self.out(dec.reshape(-1, H)).view(b, t, V).transpose(1, 2)',
    layout=['batch seq', 'batch seq'],
)
SRC, TGT, E, H = 21, 13, 6, 9


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.src_emb, self.tgt_emb = nn.Embedding(SRC, E), nn.Embedding(TGT, E)
        self.encoder = nn.GRU(E, H, batch_first=True)
        self.decoder = nn.GRU(E, H, batch_first=True)
        self.out = nn.Linear(H, TGT)

    def forward(self, src, tgt_in):
        _, state = self.encoder(self.src_emb(src))
        dec, _ = self.decoder(self.tgt_emb(tgt_in), state)
        batch = dec.size(0)
        scores = self.out(dec.reshape(-1, H))
        return scores.view(batch, TGT, -1)  # BUG


class Seq2SeqFixed(Seq2Seq):
    def forward(self, src, tgt_in):
        _, state = self.encoder(self.src_emb(src))
        dec, _ = self.decoder(self.tgt_emb(tgt_in), state)
        b, t, _ = dec.shape
        return self.out(dec.reshape(-1, H)).view(b, t, TGT).transpose(1, 2)


def _data():
    torch.manual_seed(1)
    full = torch.randint(0, TGT, (4, 8))
    return (torch.randint(0, SRC, (4, 10)), full[:, :-1]), full[:, 1:].contiguous()


def make():
    torch.manual_seed(0)
    return (Seq2Seq(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (Seq2SeqFixed(),) + _data()


def run(model, inputs, targets):
    return F.cross_entropy(model(*inputs), targets)

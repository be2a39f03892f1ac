"""Seq-first decoder fed with y.unsqueeze(1): one step of batch samples becomes batch steps of one sample."""
import torch
from torch import nn

META = dict(
    id='c109',
    source='own; decoding loops with unsqueeze(1) before a seq-first GRU',
    title='token.unsqueeze(1) in a decoder without batch_first',
    loud=True,
    cause='batch_seq_swapped',
    explanation='embedding(token.unsqueeze(1)) is (batch, 1, E); the seq-first GRU reads a batch of one and refuses'
                ' the state of 4.',
    fix='token.unsqueeze(0)',
    layout='batch seq features',
)
V, E, H = 11, 4, 6


class Decoder(nn.Module):
    axis = 1  # BUG

    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, H, batch_first=True)
        self.emb = nn.Embedding(V, E)
        self.gru = nn.GRU(E, H)  # BUG
        self.out = nn.Linear(H, V)

    def forward(self, x):
        _, h = self.encoder(x)
        token, logits = torch.zeros(x.size(0), dtype=torch.long), []
        for _ in range(3):
            out, h = self.gru(self.emb(token.unsqueeze(self.axis)), h)  # BUG
            score = self.out(out.squeeze(self.axis))
            logits.append(score)
            token = score.argmax(-1)
        return torch.stack(logits, dim=1)


class DecoderFixed(Decoder):
    axis = 0


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),)


def make():
    torch.manual_seed(0)
    return Decoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return DecoderFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Dual-path RNN for speech separation: unfolded chunks, one RNN inside the chunks and one across them."""
import torch
from torch import nn

META = dict(
    id='y049',
    source='own', title='dual-path RNN: chunks, then positions, folded into the batch', loud=False, cause='none',
    explanation='Both RNNs get a folded batch (B*chunks, then B*positions); every reshape follows a permute. Masks by '
                'softmax over '
                'speakers.',
    layout='batch features seq',
)


class Path(nn.Module):
    def __init__(self, dim, hid):
        super().__init__()
        self.rnn = nn.LSTM(dim, hid, bidirectional=True, batch_first=True)
        self.back = nn.Linear(2 * hid, dim)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):                                   # (B, outer, inner, dim): runs along inner
        b, o, i, d = x.shape
        y, _ = self.rnn(x.reshape(b * o, i, d))
        return x + self.norm(self.back(y)).view(b, o, i, d)


class DPRNN(nn.Module):
    def __init__(self, dim=6, chunk=4, speakers=2):
        super().__init__()
        self.chunk, self.speakers = chunk, speakers
        self.intra, self.inter = Path(dim, 5), Path(dim, 5)
        self.mask = nn.Conv1d(dim, dim * speakers, 1)

    def forward(self, feats):
        b, d, t = feats.shape
        chunks = feats.unfold(2, self.chunk, self.chunk).permute(0, 2, 3, 1)      # (B, S, K, D)
        x = self.intra(chunks)
        x = self.inter(x.transpose(1, 2)).transpose(1, 2)
        x = x.reshape(b, t, d).transpose(1, 2)
        masks = self.mask(x).view(b, self.speakers, d, t).softmax(1)
        return masks * feats.unsqueeze(1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 6, 20),)


def make():
    torch.manual_seed(0)
    return DPRNN(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)

"""The repair proposed in that thread: x.view(seq, batch, feat) on (batch, seq, feat)."""
import torch
from torch import nn

META = dict(
    id='c002',
    source='HHTseng/video-classification#42 (repair proposed in a comment)',
    title='x_RNN.view(seq, batch, feat) to make a batch-first tensor seq-first',
    loud=False,
    cause='view_not_permute',
    explanation='view keeps the memory order: "step t of sample b" becomes a frame of some other clip. transpose(0,'
                ' 1) is meant.',
    fix='x.transpose(0, 1)',
    layout='batch seq features',
)
EMB, H = 5, 8


class DecoderRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(EMB, H, 1)
        self.head = nn.Sequential(nn.Linear(H, 6), nn.ReLU(), nn.Dropout(0.3), nn.Linear(6, 4))

    def seq_first(self, x):
        return x.view(x.size(1), x.size(0), EMB)  # BUG

    def forward(self, x):
        out, (h_n, _) = self.rnn(self.seq_first(x), None)  # BUG
        return self.head(h_n[-1])


class DecoderRNNFixed(DecoderRNN):
    def seq_first(self, x):
        return x.transpose(0, 1)


def _x():
    torch.manual_seed(1)
    return (torch.randn(3, 7, EMB),)


def make():
    torch.manual_seed(0)
    return DecoderRNN(), _x(), None


def fixed():
    torch.manual_seed(0)
    return DecoderRNNFixed(), _x(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Additive attention over time: the query h_n (1, batch, hidden) is added to keys (batch, steps, hidden)."""
import torch
from torch import nn

META = dict(
    id='c279', source='gabrielloye/Attention_Seq2seq-Translation#6 (same sum; there batch != steps, so it raised)',
    title='tanh(W h_n + U outputs) broadcasts the batch axis of h_n along time',
    loud=False, cause='hn_axis_broadcast',
    explanation='h_n is (1, batch, hidden) and the outputs are (batch, steps, hidden). With batch == steps the sum '
                'broadcasts: '
                'step t of every sample is matched with the state of sample t.',
    fix='q = self.wq(h_n[-1]).unsqueeze(1)',
    layout='batch seq features',
)


class TemporalAttention(nn.Module):
    def __init__(self, hid, att):
        super().__init__()
        self.wq, self.wk = nn.Linear(hid, att), nn.Linear(hid, att, bias=False)
        self.v = nn.Linear(att, 1, bias=False)

    def query(self, h_n):
        return self.wq(h_n)  # BUG

    def forward(self, h_n, outputs):
        energy = self.v(torch.tanh(self.query(h_n) + self.wk(outputs)))  # BUG
        alpha = torch.softmax(energy.squeeze(-1), dim=1)
        return torch.bmm(alpha.unsqueeze(1), outputs).squeeze(1), alpha


class TemporalAttentionRight(TemporalAttention):
    def query(self, h_n):
        return self.wq(h_n[-1]).unsqueeze(1)


class PowerForecast(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.rnn = nn.GRU(2, 8, batch_first=True)
        self.attention = attention(8, 6)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        outputs, h_n = self.rnn(x)
        context, _ = self.attention(h_n, outputs)
        return self.head(torch.cat([context, h_n[-1]], dim=1))


def _data():
    torch.manual_seed(37)
    return (torch.randn(7, 7, 2),), torch.randn(7, 3)


def make():
    torch.manual_seed(0)
    return (PowerForecast(TemporalAttention),) + _data()


def fixed():
    torch.manual_seed(0)
    return (PowerForecast(TemporalAttentionRight),) + _data()


def run(model, inputs, targets):
    return model(*inputs)

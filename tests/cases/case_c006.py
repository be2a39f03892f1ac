"""Library attention: Softmax(dim=0) over scores folded to (batch * out_len, query_len)."""
import torch
from torch import nn

META = dict(
    id='c006',
    source='PetrochukM/PyTorch-NLP#2',
    title="Attention's softmax dimension is wrong?",
    loud=False,
    cause='softmax_axis',
    explanation='The scores are (batch*output_len, query_len); Softmax(dim=0) normalises over samples and queries '
                'instead of over the positions that are attended to.',
    fix='nn.Softmax(dim=-1)',
    layout='batch seq features',
)
D = 6


class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.linear_in = nn.Linear(D, D, bias=False)
        self.linear_out = nn.Linear(2 * D, D, bias=False)
        self.softmax = nn.Softmax(dim=dim)  # BUG

    def forward(self, query, context):
        n, steps, _ = query.size()
        query = self.linear_in(query.reshape(n * steps, D)).reshape(n, steps, D)
        scores = torch.bmm(query, context.transpose(1, 2).contiguous())
        weights = self.softmax(scores.view(n * steps, context.size(1)))  # BUG
        weights = weights.view(n, steps, context.size(1))
        mix = torch.bmm(weights, context)
        both = torch.cat((mix, query), dim=2).view(n * steps, 2 * D)
        return torch.tanh(self.linear_out(both).view(n, steps, D)), weights


class Reader(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.rnn = nn.GRU(4, D, batch_first=True)
        self.attention = Attention(dim)

    def forward(self, x, memory):
        out, _ = self.rnn(x)
        return self.attention(out, memory)


def _data():
    torch.manual_seed(1)
    return torch.randn(3, 5, 4), torch.randn(3, 7, D)


def make():
    torch.manual_seed(0)
    return Reader(0), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return Reader(-1), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

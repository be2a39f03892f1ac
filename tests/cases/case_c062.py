"""LSTM with a GRU's state and the other way round: GRU called with (h, c)."""
import torch
from torch import nn

META = dict(
    id='c062',
    source='OpenNMT/OpenNMT-py#126 (pull request: GRU state is a tensor, not a tuple)',
    title='rnn_type switched from LSTM to GRU, the state still built as a tuple',
    loud=True,
    cause='state_not_tensor',
    explanation='nn.GRU wants one tensor; it is given (h_0, c_0).',
    fix='state = h if isinstance(self.rnn, nn.GRU) else (h, c)',
    layout='seq batch',
)
V, E, H = 15, 4, 6


class Decoder(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.rnn = getattr(nn, kind)(E, H)
        self.out = nn.Linear(H, V)

    def initial(self, n):
        h = self.out.weight.new_zeros(1, n, H)
        return h, h.clone()  # BUG

    def forward(self, tokens):
        out, _ = self.rnn(self.emb(tokens), self.initial(tokens.size(1)))  # BUG
        return self.out(out)


class DecoderFixed(Decoder):
    def initial(self, n):
        h = self.out.weight.new_zeros(1, n, H)
        return h if isinstance(self.rnn, nn.GRU) else (h, h.clone())


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (6, 3)),)


def make():
    torch.manual_seed(0)
    return Decoder('GRU'), _data(), None


def fixed():
    torch.manual_seed(0)
    return DecoderFixed('GRU'), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

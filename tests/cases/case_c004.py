"""Bridge between encoder and decoder: states.view(-1, layers * hidden) mixes samples."""
import torch
from torch import nn

META = dict(
    id='c004',
    source='OpenNMT/OpenNMT-py#1521',
    title='RNNEncoder bridge: linear(states.view(-1, total_hidden_dim))',
    loud=False,
    cause='hn_view_scramble',
    explanation='states is (layers, batch, hidden). view(-1, layers*hidden) puts neighbouring samples of one layer '
                'into a row, not the layers of one sample.',
    fix='linear(states.transpose(0, 1).flatten(1)).view(batch, layers, hidden).transpose(0, 1)',
    layout='seq batch',
)
V, E, H, L = 17, 5, 6, 2


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.Embedding(V, E)
        self.rnn = nn.LSTM(E, H, L)
        self.bridge = nn.ModuleList([nn.Linear(L * H, L * H) for _ in range(2)])

    def _bridge(self, state, linear):
        flat = linear(state.view(-1, L * H))  # BUG
        return torch.relu(flat).view(state.size())  # BUG

    def forward(self, src):
        memory, final = self.rnn(self.embeddings(src))
        return memory, tuple(self._bridge(s, layer) for s, layer in zip(final, self.bridge))


class EncoderFixed(Encoder):
    def _bridge(self, state, linear):
        n = state.size(1)
        flat = linear(state.transpose(0, 1).reshape(n, L * H))
        return torch.relu(flat).view(n, L, H).transpose(0, 1).contiguous()


class Nmt(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.tgt = nn.Embedding(V, E)
        self.decoder = nn.LSTM(E, H, L)
        self.generator = nn.Linear(H, V)

    def forward(self, src, tgt):
        memory, state = self.encoder(src)
        out, _ = self.decoder(self.tgt(tgt[:-1]), state)
        scores = torch.einsum('tbh,sbh->tbs', out, memory)
        context = torch.einsum('tbs,sbh->tbh', scores.softmax(-1), memory)
        return self.generator(torch.tanh(out + context))


def _data():
    torch.manual_seed(1)
    return torch.randint(0, V, (7, 4)), torch.randint(0, V, (5, 4))


def make():
    torch.manual_seed(0)
    return Nmt(Encoder()), _data(), None


def fixed():
    torch.manual_seed(0)
    return Nmt(EncoderFixed()), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

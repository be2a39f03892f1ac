"""Sales model with static covariates: h[0] was right until num_layers became 2."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c278', source='recurring mistake: h_n[0] kept from the one-layer version of a tutorial',
    title='Context taken from h_n[0]: the first layer of a two-layer LSTM',
    loud=False, cause='hn_wrong_index',
    explanation='h_n[0] is the final state of layer 0. Layer 1 is computed, but nothing of it reaches the forecast.',
    fix='context = h_n[-1]',
    layout=['batch seq features', 'batch', 'batch features'],
)


class SalesNet(nn.Module):
    def __init__(self, n_stores=7, emb=3, n_dyn=4, n_static=2, hid=12, horizon=7):
        super().__init__()
        self.store = nn.Embedding(n_stores, emb)
        self.rnn = nn.LSTM(n_dyn, hid, num_layers=2, dropout=0.2, batch_first=True)
        self.gate = nn.Linear(hid + emb + n_static, 2 * hid)
        self.horizon_head = nn.Linear(hid, horizon)

    def context(self, sales):
        _, (h_n, _) = self.rnn(sales)
        return h_n[0]  # BUG

    def forward(self, sales, store_id, static):
        joined = torch.cat([self.context(sales), self.store(store_id), static], dim=-1)
        return self.horizon_head(F.glu(self.gate(joined), dim=-1))


class SalesNetRight(SalesNet):
    def context(self, sales):
        _, (h_n, _) = self.rnn(sales)
        return h_n[-1]


def _data():
    torch.manual_seed(29)
    return torch.randn(8, 28, 4), torch.randint(0, 7, (8,)), torch.randn(8, 2)


def make():
    torch.manual_seed(0)
    return SalesNet(), _data(), None


def fixed():
    torch.manual_seed(0)
    return SalesNetRight(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Traffic graph: (batch, time, nodes, features) folded to (batch * nodes, time, features) without a permute."""
import torch
from torch import nn

META = dict(
    id='c190', source='GitHub spatio-temporal GNN code (x.view(B * N, T, F))',
    title='Folding nodes into the batch with view',
    loud=False, cause='view_not_permute',
    explanation='Time stands before the nodes. view(B * N, T, F) takes neighbouring nodes of one time for '
                'consecutive steps of one node.',
    fix='x.transpose(1, 2).reshape(B * N, T, F)',
    layout='batch seq nodes features',
)
N, D, H = 5, 2, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.adj = nn.Parameter(torch.rand(N, N))
        self.fc = nn.Linear(H, 1)

    def per_node(self, x):
        b, t, n, f = x.shape
        return x.view(b * n, t, f)  # BUG

    def forward(self, x):
        out, _ = self.lstm(self.per_node(x))  # BUG
        nodes = out[:, -1].view(x.size(0), N, H)
        return self.fc(torch.softmax(self.adj, -1) @ nodes).squeeze(-1)


class NetFixed(Net):
    def per_node(self, x):
        b, t, n, f = x.shape
        return x.transpose(1, 2).reshape(b * n, t, f)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 6, N, D),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Traffic network: nodes folded into the batch for the GRU, mixed over the graph afterwards."""
import torch
from torch import nn

META = dict(
    id='t011',
    source='own; recurrent graph networks for traffic',
    title='Nodes are coupled on purpose, samples are not',
    explanation='The adjacency mixes the nodes of one sample; nodes are an axis of features of the input.',
    layout='batch seq nodes features',
)
NODES, D, H = 4, 2, 5


class TrafficNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(D, H, batch_first=True)
        self.mix = nn.Linear(H, H)
        self.out = nn.Linear(H, 3)
        adjacency = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1]], dtype=torch.float32)
        self.register_buffer('adjacency', adjacency / adjacency.sum(1, keepdim=True))

    def forward(self, x):
        b, t, n, f = x.shape
        rows = x.permute(0, 2, 1, 3).reshape(b * n, t, f)
        _, h = self.gru(rows)
        h = h[-1].view(b, n, H)
        h = torch.relu(torch.einsum('mn,bnh->bmh', self.adjacency, self.mix(h))) + h
        return self.out(h).permute(0, 2, 1)


def fixed():
    torch.manual_seed(0)
    model = TrafficNet()
    torch.manual_seed(1)
    return model, (torch.randn(3, 6, NODES, D),), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

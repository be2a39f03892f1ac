import torch
from torch import nn

META = dict(
    id='c276', source='PaccMann/paccmann_chemistry#5 (same mix-up: the batch axis of h_n is not the first)',
    title='Stacked GRU autoencoder: code = h.reshape(len(x), -1)',
    loud=False, cause='hn_view_scramble',
    explanation='h is (layers, batch, hidden). Reshaping to (batch, layers*hidden) without moving the batch axis '
                'first '
                'gives '
                'codes made of the states of several machines.',
    fix='code = h.transpose(0, 1).reshape(len(x), -1)',
    layout='batch seq features',
)


class MachineAE(nn.Module):
    n_layers = 3

    def __init__(self, d=5, h=6, bottleneck=4):
        super().__init__()
        self.enc = nn.GRU(d, h, self.n_layers, batch_first=True)
        self.squeeze = nn.Sequential(nn.Linear(self.n_layers * h, bottleneck), nn.SiLU())
        self.dec = nn.GRU(bottleneck, h, batch_first=True)
        self.back = nn.Linear(h, d)

    def code(self, x):
        h = self.enc(x)[1]
        return self.squeeze(h.reshape(len(x), -1))  # BUG

    def forward(self, x):
        z = self.code(x)
        steps = z.unsqueeze(1).repeat(1, x.size(1), 1)
        rec = self.back(self.dec(steps)[0])
        return rec, z


class MachineAERight(MachineAE):
    def code(self, x):
        h = self.enc(x)[1]
        return self.squeeze(h.transpose(0, 1).reshape(len(x), -1))


def _x():
    torch.manual_seed(41)
    return torch.rand(7, 13, 5)


def make():
    torch.manual_seed(0)
    x = _x()
    return MachineAE(), (x,), x


def fixed():
    torch.manual_seed(0)
    x = _x()
    return MachineAERight(), (x,), x


def run(model, inputs, targets):
    rec, z = model(*inputs)
    per_machine = (rec - targets).square().mean(dim=(1, 2))
    return rec, z, per_machine

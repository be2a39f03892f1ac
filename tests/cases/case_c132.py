"""Grid-puzzle policy: initial GRU state from the first embedding, .view(layers, -1, H)."""
import torch
from torch import nn

META = dict(
    id='c132',
    source='public code, index ids 18386396238, 17302735239, 39224906727',
    title='init_hidden.view(self.num_layers, -1, self.hidden_size)',
    loud=False,
    cause='h0_view_scramble',
    explanation='The Linear returns (batch, layers * H). The view deals the numbers of one sample to the layers of '
                'several samples.',
    fix='init_hidden.view(-1, layers, H).transpose(0, 1).contiguous()',
    layout='batch seq features',
)
D, H, L = 5, 4, 2


class Predictor(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(D, 6)
        self.hidden_init = nn.Linear(6, L * H)
        self.gru = nn.GRU(6, H, L, batch_first=True, dropout=0.1)
        self.heads = nn.ModuleDict({'op': nn.Linear(H, 3), 'arg': nn.Linear(H, 4)})

    def first(self, flat):
        return flat.view(L, -1, H)  # BUG

    def forward(self, x):
        x = torch.relu(self.embed(x))
        out, _ = self.gru(x, self.first(self.hidden_init(x[:, 0, :])))  # BUG
        return tuple(head(out) for head in self.heads.values())


class PredictorFixed(Predictor):
    def first(self, flat):
        return flat.view(-1, L, H).transpose(0, 1).contiguous()


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 6, D),)


def make():
    torch.manual_seed(0)
    return Predictor(), _data(), None


def fixed():
    torch.manual_seed(0)
    return PredictorFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""TFT-like variable selection before an LSTM: the selection weights are normalised over time."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c290',
    source='recurring mistake in re-implementations of the TFT variable selection network; facebookresearch/DME#6',
    title='softmax(dim=1) of the variable weights (batch, steps, vars)',
    loud=False, cause='softmax_axis',
    explanation='The weights choose among the variables at each step and should sum to one over the last axis. On '
                'axis 1 '
                'they sum '
                'to one over the window, so the inputs of a step depend on all later steps and the choice is lost.',
    fix='torch.softmax(logits, dim=-1)',
    layout='batch seq features',
)


class GRN(nn.Module):
    def __init__(self, d_in, d, d_out):
        super().__init__()
        self.a, self.b = nn.Linear(d_in, d), nn.Linear(d, 2 * d_out)
        self.skip = nn.Linear(d_in, d_out)
        self.ln = nn.LayerNorm(d_out)

    def forward(self, x):
        return self.ln(self.skip(x) + F.glu(self.b(F.elu(self.a(x))), dim=-1))


class VariableSelection(nn.Module):
    def __init__(self, n_vars, d):
        super().__init__()
        self.lift = nn.ModuleList(nn.Linear(1, d) for _ in range(n_vars))
        self.weight = GRN(n_vars * d, d, n_vars)

    def normalise(self, logits):
        return torch.softmax(logits, dim=1)  # BUG

    def forward(self, x):
        each = torch.stack([f(v) for f, v in zip(self.lift, x.split(1, dim=-1))], dim=2)   # (B, T, V, d)
        w = self.normalise(self.weight(each.flatten(2)))                                   # (B, T, V)
        return torch.einsum('btv,btvd->btd', w, each)  # BUG


class VariableSelectionRight(VariableSelection):
    def normalise(self, logits):
        return torch.softmax(logits, dim=-1)


class MiniTFT(nn.Module):
    def __init__(self, selection, n_vars=5, d=6, horizon=3):
        super().__init__()
        self.select = selection(n_vars, d)
        self.lstm = nn.LSTM(d, d, batch_first=True)
        self.post = GRN(d, d, d)
        self.head = nn.Linear(d, horizon)

    def forward(self, x):
        z = self.select(x)
        y = self.post(z + self.lstm(z)[0])
        return self.head(y[:, -1])


def _x():
    torch.manual_seed(83)
    return (torch.randn(7, 12, 5),)


def make():
    torch.manual_seed(0)
    return MiniTFT(VariableSelection), _x(), None


def fixed():
    torch.manual_seed(0)
    return MiniTFT(VariableSelectionRight), _x(), None


def run(model, inputs, targets):
    return model(*inputs)

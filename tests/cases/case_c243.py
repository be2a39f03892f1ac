"""Attention module: a Linear sized for one direction gets the bidirectional encoder's output."""
import torch
from torch import nn

META = dict(
    id='c243', source='AuCson/PyTorch-Batch-Attention-Seq2seq#8',
    title='Problem with dimensions',
    loud=True, cause='head_in_features',
    explanation="The attention's Linear takes hidden + hidden features, the bidirectional encoder gives 2 * "
                'hidden.',
    fix='nn.Linear(3 * H, H)',
    layout=[ "batch seq features", "batch features"],
)
H = 5


class Net(nn.Module):
    width = 2 * H

    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, H, batch_first=True, bidirectional=True)
        self.attn = nn.Linear(self.width, H)  # BUG

    def forward(self, x, state):
        out, _ = self.encoder(x)
        s = state.unsqueeze(1).expand(-1, out.size(1), -1)
        return torch.tanh(self.attn(torch.cat([out, s], dim=-1)))  # BUG


class NetFixed(Net):
    width = 3 * H


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3), torch.randn(4, H)), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

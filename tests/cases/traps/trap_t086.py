"""Seq-first encoder, batch-first attention layer, transposes in between; query of one step."""
import torch
from torch import nn

META = dict(
    id='t086', source='mixed-layout but right models',
    title='MultiheadAttention batch_first after a seq-first GRU',
    explanation='The transposes are where they belong.',
    layout='seq batch features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 8)
        self.att = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        out, h = self.gru(x)
        memory = out.transpose(0, 1)
        y, w = self.att(h[-1].unsqueeze(1), memory, memory)
        return y.squeeze(1), w.squeeze(1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(6, 6, 3),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Hand-written RNN: the carried state is averaged over the batch to get rid of its batch axis."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c010',
    source='fastai/fastbook#469 (pull request)',
    title='Bug fix for RNN hidden state: self.h = self.h.mean(0)',
    loud=False,
    cause='state_batch_mean',
    explanation='Averaging h over axis 0 gives all samples of the next chunk one common state: samples influence '
                'each other.',
    fix='keep self.h as (batch, hidden); reset it when the batch size changes',
    layout='batch seq',
)
V, H = 13, 7


class LMModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.i_h = nn.Embedding(V, H)
        self.h_h = nn.Linear(H, H)
        self.h_o = nn.Linear(H, V)

    def carry(self, h):
        return h.detach().mean(0)  # BUG

    def forward(self, x, h=0):
        for i in range(x.size(1)):
            h = h + self.i_h(x[:, i])  # BUG
            h = F.relu(self.h_h(h))
        return self.h_o(h), self.carry(h)


class LMModelFixed(LMModel):
    def carry(self, h):
        return h.detach()


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 9)),)


def make():
    torch.manual_seed(0)
    return LMModel(), _data(), None


def fixed():
    torch.manual_seed(0)
    return LMModelFixed(), _data(), None


def run(model, inputs, targets):
    h, outs = 0, []
    for chunk in inputs[0].split(3, dim=1):
        out, h = model(chunk, h)
        outs.append(out)
    return torch.stack(outs, dim=1)

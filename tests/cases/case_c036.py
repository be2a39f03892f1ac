"""Layer normalisation written by hand with statistics over axis 0."""
import torch
from torch import nn

META = dict(
    id='c036',
    source='GokuMohandas/fast-weights#9',
    title='Layer normalization not done correctly (mean and deviation over the batch)',
    loud=False,
    cause='norm_over_batch',
    explanation='Mean and standard deviation are taken over the samples of the batch, also at evaluation: the state'
                ' of a sample depends on its neighbours.',
    fix='h.mean(-1, keepdim=True), h.std(-1, keepdim=True)',
    layout='batch seq features',
)
D, H = 4, 6


class NormRnn(nn.Module):
    axis = 0  # BUG

    def __init__(self):
        super().__init__()
        self.w, self.u = nn.Linear(D, H), nn.Linear(H, H, bias=False)
        self.gain, self.shift = nn.Parameter(torch.ones(H)), nn.Parameter(torch.zeros(H))
        self.out = nn.Linear(H, 2)

    def norm(self, a):
        mu = a.mean(dim=self.axis, keepdim=True)  # BUG
        sigma = torch.sqrt(((a - mu) ** 2).mean(dim=self.axis, keepdim=True) + 1e-5)  # BUG
        return self.gain * (a - mu) / sigma + self.shift

    def forward(self, x):
        h = x.new_zeros(x.size(0), H)
        for step in x.unbind(dim=1):
            h = torch.tanh(self.norm(self.w(step) + self.u(h)))
        return self.out(h)


class NormRnnFixed(NormRnn):
    axis = -1


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, 6, D),)


def make():
    torch.manual_seed(0)
    return NormRnn(), _data(), None


def fixed():
    torch.manual_seed(0)
    return NormRnnFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

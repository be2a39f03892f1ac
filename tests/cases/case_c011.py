"""DataParallel: hidden (layers, batch, H) is scattered along axis 0 like the input."""
import torch
from torch import nn

META = dict(
    id='c011',
    source='salesforce/awd-lstm-lm#12 (also pytorch/pytorch#7890)',
    title='Multi-GPU size mismatch: hidden is split over its layer axis',
    loud=True,
    cause='dataparallel_hidden',
    explanation='DataParallel splits every argument along axis 0. The input loses half of its batch, but the state '
                'loses half of its layers and keeps the whole batch.',
    fix='pass the state batch first and transpose it inside forward (or scatter along axis 1)',
    layout=['batch seq', None],
)
V, E, H, L = 17, 5, 6, 2


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(V, E)
        self.rnn = nn.GRU(E, H, L, batch_first=True)
        self.decoder = nn.Linear(H, V)

    def forward(self, tokens, hidden):
        out, hidden = self.rnn(self.encoder(tokens), hidden)  # BUG
        return self.decoder(out)


class LMFixed(LM):
    def forward(self, tokens, hidden):
        return super().forward(tokens, hidden.transpose(0, 1).contiguous())


class OnTwoDevices(nn.Module):
    """what nn.DataParallel does with its arguments, on the CPU"""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *args):
        shares = zip(*(a.chunk(2, dim=0) for a in args))  # BUG
        return torch.cat([self.module(*share) for share in shares], dim=0)  # BUG


def _tokens():
    torch.manual_seed(1)
    return torch.randint(0, V, (6, 7))


def make():
    torch.manual_seed(0)
    return OnTwoDevices(LM()), (_tokens(), torch.zeros(L, 6, H)), None  # BUG


def fixed():
    torch.manual_seed(0)
    return OnTwoDevices(LMFixed()), (_tokens(), torch.zeros(6, L, H)), None


def run(model, inputs, targets):
    return model(*inputs)

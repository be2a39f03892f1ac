"""World-model style rollout: LSTM called with hidden=None at each imagined step."""
import torch
from torch import nn

META = dict(
    id='c252', source='GitHub world-model code (self.rnn(z.unsqueeze(1)) in a loop)',
    title='Imagination without memory',
    loud=False, cause='state_not_carried',
    explanation='Each imagined step calls the LSTM anew, so it starts from zeros.',
    fix='out, state = self.rnn(z.unsqueeze(1), state)',
    layout='batch features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 6, batch_first=True)
        self.out = nn.Linear(6, 3)

    def forward(self, z):
        dream = []
        for _ in range(5):
            out, _ = self.rnn(z.unsqueeze(1))  # BUG
            z = self.out(out.squeeze(1))
            dream.append(z)
        return torch.stack(dream, 1)


class NetFixed(Net):
    def forward(self, z):
        dream, state = [], None
        for _ in range(5):
            out, state = self.rnn(z.unsqueeze(1), state)
            z = self.out(out.squeeze(1))
            dream.append(z)
        return torch.stack(dream, 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

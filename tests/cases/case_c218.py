"""Stateful evaluation: one module serves two unrelated series, the state of the first starts the second."""
import torch
from torch import nn

META = dict(
    id='c218', source='JulesBelveze/text-summarizer#8',
    title='fix: init hidden state encoder at each batch',
    loud=False, cause='state_carried',
    explanation='The encoder keeps its hidden state as an attribute and never makes a new one: the second batch '
                "starts from the first one's end.",
    fix='self.hidden = None at the start of forward',
    layout=[ "batch seq features", "batch seq features"],
)
class Net(nn.Module):
    fresh = False

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 5, num_layers=2, batch_first=True)
        self.hidden = None

    def forward(self, x):
        if self.fresh:
            self.hidden = None
        out, hidden = self.gru(x, self.hidden)  # BUG
        self.hidden = hidden.data  # BUG
        return out.mean(1)


class NetFixed(Net):
    fresh = True


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 6, 3), torch.randn(3, 6, 3)), None


def run(model, inputs, targets):
    model.hidden = None
    return torch.stack([model(x) for x in inputs])


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

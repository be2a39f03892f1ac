"""Stateful training over an epoch: the last mini-batch is smaller than the state that is carried into it."""
import torch
from torch import nn

META = dict(
    id='c299', source='recurring error in stateful forecasting loops without drop_last (PyTorch forum)',
    title='hidden of a batch of 8 is passed on to a batch of 5',
    loud=True, cause='state_carried_smaller_batch',
    explanation='The loop passes the state of the previous batch on. The windows are independent, so there is '
                'nothing to '
                'carry, '
                'and the last batch has 5 windows for a state of 8.',
    fix='state = None for every batch',
    layout=['seq batch features', 'seq batch features'],
)


class Demand(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 7, num_layers=2)
        self.head = nn.Linear(7, 1)

    def forward(self, x, state):
        y, state = self.lstm(x, state)  # BUG
        return self.head(y[-1]), tuple(s.detach() for s in state)


class Epoch(nn.Module):
    def __init__(self, keep):
        super().__init__()
        self.net, self.keep = Demand(), keep

    def forward(self, *batches):
        state, preds = None, []
        for x in batches:
            pred, new = self.net(x, state)  # BUG
            state = new if self.keep else None  # BUG
            preds.append(pred)
        return torch.cat(preds)


def _batches():
    torch.manual_seed(131)
    return torch.randn(9, 8, 3), torch.randn(9, 5, 3)


def make():
    torch.manual_seed(0)
    return Epoch(keep=True), _batches(), None


def fixed():
    torch.manual_seed(0)
    return Epoch(keep=False), _batches(), None


def run(model, inputs, targets):
    return model(*inputs)

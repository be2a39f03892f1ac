"""Session-based recommendation, click by click: the new hidden state is thrown away by a typo."""
import torch
import torch.nn as nn

META = dict(
    id='c322', source='hungpthanh/GRU4REC-pytorch#1',
    title='Model forward function seems not to update hidden state ("hdden")',
    loud=False, cause='state_not_carried',
    explanation='The GRU is called once per click, but its new state goes into another name. Every click starts from '
                'zeros, so the '
                'recommendation depends on the last click only.',
    fix='output, hidden = self.gru(click, hidden)',
    layout='batch seq',
)
ITEMS, DIM, HIDDEN, LAYERS = 25, 6, 8, 1


class GRU4Rec(nn.Module):
    def __init__(self):
        super().__init__()
        self.item = nn.Embedding(ITEMS, DIM)
        self.gru = nn.GRU(DIM, HIDDEN, LAYERS, batch_first=True)
        self.h2o = nn.Linear(HIDDEN, ITEMS)

    def init_hidden(self, n):
        return self.h2o.weight.new_zeros(LAYERS, n, HIDDEN)

    def forward(self, session):
        hidden = self.init_hidden(session.size(0))
        for click in self.item(session).split(1, dim=1):
            output, hdden = self.gru(click, hidden)  # BUG
        return self.h2o(output.squeeze(1))


class GRU4RecFixed(GRU4Rec):
    def forward(self, session):
        hidden = self.init_hidden(session.size(0))
        for click in self.item(session).split(1, dim=1):
            output, hidden = self.gru(click, hidden)
        return self.h2o(output.squeeze(1))


def _sessions():
    torch.manual_seed(1)
    return (torch.randint(0, ITEMS, (6, 5)),)


def make():
    torch.manual_seed(0)
    return GRU4Rec(), _sessions(), None


def fixed():
    torch.manual_seed(0)
    return GRU4RecFixed(), _sessions(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Session recommender: sessions padded at the end, h_n of the padded run is scored."""
import torch
from torch import nn

META = dict(
    id='c103',
    source='zhangj111/astnn#28 (state runs over zero padding); own re-creation for session recommendation',
    title='h_n of a padded batch without packing',
    loud=False,
    cause='last_step_padding',
    explanation='The GRU runs on over the padding after short sessions; h_n is the state after the padding, not '
                'after the last click.',
    fix='out.gather at lengths - 1 (or pack the sessions)',
    layout='batch seq',
)
ITEMS, E, H = 25, 5, 7


class Gru4Rec(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(ITEMS, E, padding_idx=0)
        self.gru = nn.GRU(E, H, batch_first=True)
        self.dense = nn.Linear(H, E)

    def last(self, out, h_n, clicks):
        return h_n[-1]  # BUG

    def forward(self, clicks):
        out, h_n = self.gru(self.items(clicks))  # BUG
        session = self.dense(self.last(out, h_n, clicks))  # BUG
        return session @ self.items.weight.t()


class Gru4RecFixed(Gru4Rec):
    def last(self, out, h_n, clicks):
        index = ((clicks != 0).sum(1) - 1).view(-1, 1, 1).expand(-1, -1, H)
        return out.gather(1, index).squeeze(1)


def _data():
    torch.manual_seed(1)
    clicks = torch.randint(1, ITEMS, (5, 8))
    for i, n in enumerate([3, 8, 5, 2, 6]):
        clicks[i, n:] = 0
    return (clicks,)


def make():
    torch.manual_seed(0)
    return Gru4Rec(), _data(), None


def fixed():
    torch.manual_seed(0)
    return Gru4RecFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Patient time series, padded, with a mask: the mask is used for the missing values but not for the last step."""
import torch
from torch import nn

META = dict(
    id='c281',
    source='recurring mistake in clinical / irregular series models (see also keitakurita/practical-torchtext#5)',
    title='states[:, -1] of a padded batch',
    loud=False, cause='last_step_padding',
    explanation='Stays are padded at the end. The last column is the state after the padding for every stay shorter '
                'than '
                'the '
                'longest; the state at its last observed hour is wanted.',
    fix='gather the state at mask.sum(1) - 1',
    layout=['batch seq features', 'batch seq'],
)


class StayModel(nn.Module):
    def __init__(self, n_vitals=5, hid=9):
        super().__init__()
        self.inp = nn.Linear(2 * n_vitals, hid)
        self.cell = nn.GRUCell(hid, hid)
        self.risk = nn.Linear(hid, 1)

    def readout(self, states, mask):
        return states[:, -1]  # BUG

    def forward(self, vitals, mask):
        filled = vitals * mask.unsqueeze(-1)
        z = torch.tanh(self.inp(torch.cat([filled, (filled != 0).to(filled.dtype)], dim=-1)))
        h, states = None, []
        for t in range(z.size(1)):
            h = self.cell(z[:, t], h)
            states.append(h)
        return self.risk(self.readout(torch.stack(states, dim=1), mask))


class StayModelRight(StayModel):
    def readout(self, states, mask):
        last = mask.sum(dim=1) - 1
        index = last[:, None, None].expand(-1, 1, states.size(-1))
        return states.gather(1, index).squeeze(1)


def _data():
    torch.manual_seed(47)
    hours = torch.tensor([10, 4, 7, 6, 9, 10])
    mask = torch.arange(10)[None] < hours[:, None]
    return torch.randn(6, 10, 5) * mask.unsqueeze(-1), mask


def make():
    torch.manual_seed(0)
    return StayModel(), _data(), None


def fixed():
    torch.manual_seed(0)
    return StayModelRight(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

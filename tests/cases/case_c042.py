"""Intent model: each step unsqueezed to (batch, 1, feat) and given to a seq-first LSTM."""
import torch
from torch import nn

META = dict(
    id='c042',
    source='ray075hl/Bi-Model-Intent-And-Slot#2 (pull request)',
    title='The LSTM iterates over the batch dimension as if it were the sequence',
    loud=False,
    cause='batch_seq_swapped',
    explanation='x of one step is (batch, 1, features). Without batch_first the LSTM takes the batch for time and 1'
                ' for the batch.',
    fix='nn.LSTM(features, hidden, batch_first=True)',
    layout='batch seq features',
)
D, H, SLOTS = 6, 5, 4


class SlotDecoder(nn.Module):
    def __init__(self, **how):
        super().__init__()
        self.lstm = nn.LSTM(D + H, H, **how)  # BUG
        self.fc = nn.Linear(H, SLOTS)

    def forward(self, x):
        prev, state, slots = x.new_zeros(x.size(0), 1, H), None, []
        for step in x.transpose(0, 1):
            prev, state = self.lstm(torch.cat([step.unsqueeze(1), prev], dim=-1), state)  # BUG
            slots.append(self.fc(prev))
        return torch.cat(slots, dim=1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 6, D),)


def make():
    torch.manual_seed(0)
    return SlotDecoder(), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return SlotDecoder(batch_first=True), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

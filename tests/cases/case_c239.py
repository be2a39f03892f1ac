"""Bidirectional padded batch, not packed: h_n of the backward direction has read the padding first."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c239', source='pytorch/pytorch#517 (comment on bidirectional RNNs and padding)',
    title='Length masking for RNNs: the backward direction starts in the padding',
    loud=False, cause='last_step_padding',
    explanation='Unpacked, the forward state is the one after the padding, and the backward direction starts with '
                'it. Packing is needed for both.',
    fix='pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)',
    layout=[ "batch seq", None],
)
V, E, H = 18, 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E, padding_idx=0)
        self.gru = nn.GRU(E, H, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * H, 2)

    def given(self, x, lengths):
        return x  # BUG

    def forward(self, words, lengths):
        _, h = self.gru(self.given(self.embed(words), lengths))  # BUG
        return self.fc(torch.cat([h[0], h[1]], dim=1))  # BUG


class NetFixed(Net):
    def given(self, x, lengths):
        return pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([8, 4, 6])
    return (torch.randint(1, V, (3, 8)) * (torch.arange(8) < lengths[:, None]), lengths), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

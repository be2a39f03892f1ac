"""Seq-first seq2seq with attention: the bridge views the bidirectional encoder state as (-1, 2*hidden)."""
import torch
from torch import nn

META = dict(
    id='c275', source='OpenNMT/OpenNMT-py#1521',
    title='Bridge: linear(states.view(-1, total_hidden_dim)) mixes elements of the batch',
    loud=False, cause='hn_view_scramble',
    explanation='states is (2, batch, hidden). view(-1, 2*hidden) glues the forward states of two neighbouring '
                'samples into '
                'one row, instead of the two directions of one sample.',
    fix='torch.cat((states[0], states[1]), dim=-1)',
    layout=['seq batch features', 'seq batch features'],
)
HID = 6


class Bridge(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2 * HID, HID)

    def forward(self, states):
        flat = states.view(-1, 2 * HID)  # BUG
        return torch.relu(self.linear(flat)).unsqueeze(0)  # BUG


class BridgeRight(Bridge):
    def forward(self, states):
        flat = torch.cat((states[0], states[1]), dim=-1)
        return torch.relu(self.linear(flat)).unsqueeze(0)


class AttnSeq2Seq(nn.Module):
    def __init__(self, bridge, d_in=4, d_out=2):
        super().__init__()
        self.encoder = nn.GRU(d_in, HID, bidirectional=True)
        self.bridge = bridge
        self.decoder = nn.GRU(d_out, HID)
        self.key = nn.Linear(2 * HID, HID, bias=False)
        self.out = nn.Linear(3 * HID, d_out)

    def forward(self, src, tgt_in):
        memory, state = self.encoder(src)                                  # (S, N, 2H)
        dec, _ = self.decoder(tgt_in, self.bridge(state))                  # (T, N, H)
        score = torch.einsum('tnh,snh->nts', dec, self.key(memory))
        context = torch.einsum('nts,snd->tnd', score.softmax(dim=-1), memory)
        return self.out(torch.cat((dec, context), dim=-1))


def _data():
    torch.manual_seed(31)
    tgt = torch.randn(6, 8, 2)
    return (torch.randn(10, 8, 4), tgt[:-1]), tgt[1:]


def make():
    torch.manual_seed(0)
    return (AttnSeq2Seq(Bridge()),) + _data()


def fixed():
    torch.manual_seed(0)
    return (AttnSeq2Seq(BridgeRight()),) + _data()


def run(model, inputs, targets):
    pred = model(*inputs)
    return pred, nn.functional.smooth_l1_loss(pred, targets)

"""Call-centre audio: packed for the BiGRU, then out[:, -1, :] of the padded output."""
import torch
from torch import nn
from torch.nn.utils import rnn

META = dict(
    id='c156', source='stackoverflow.com question on pad_packed_sequence and the last time step, batch_first',
    title='pad_packed_sequence: output[:, -1, :] is zero for shorter sequences',
    loud=False, cause='last_step_padding',
    explanation='out[:, -1] after pad_packed_sequence is zero for the shorter clips; the last real step is at '
                'length - 1 (or in h_n).',
    fix='out.gather(1, (lengths - 1).view(-1, 1, 1).expand(-1, 1, H))',
    layout=[ "batch seq features", None],
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(input_size=5, hidden_size=H, num_layers=2, batch_first=True)
        self.head = nn.Sequential(nn.Linear(H, 8), nn.ReLU(), nn.Linear(8, 4))

    def pick(self, out, lengths):
        return out[:, -1, :]  # BUG

    def forward(self, clips, lengths):
        packed = rnn.pack_padded_sequence(clips, lengths.tolist(), batch_first=True, enforce_sorted=False)
        packed_out, _ = self.gru(packed)
        out, _ = rnn.pad_packed_sequence(packed_out, batch_first=True)
        return self.head(self.pick(out, lengths))  # BUG


class NetFixed(Net):
    def pick(self, out, lengths):
        return out.gather(1, (lengths - 1).view(-1, 1, 1).expand(-1, 1, H)).squeeze(1)


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([4, 9, 6])
    clips = torch.randn(3, 9, 5) * (torch.arange(9)[None, :, None] < lengths[:, None, None])
    return (clips, lengths), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

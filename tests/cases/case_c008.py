"""Text encoder of an embedding model: gather of a BiGRU at lengths-1 (backward half has seen one word)."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c008',
    source='yalesong/pvse#14 (pull request)',
    title='Output of the GRUs: the reverse direction was read at its first step',
    loud=False,
    cause='bidir_last_step',
    explanation='At position length-1 the backward direction has read only the last word. Its final state is at '
                'position 0.',
    fix='torch.cat([last[:, :H], out[:, 0, H:]], dim=1)',
    layout='batch seq',
)
V, E, H = 23, 6, 5


class TextEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E, padding_idx=0)
        self.rnn = nn.GRU(E, H, bidirectional=True, batch_first=True)

    def pool(self, out, lengths):
        index = (lengths - 1).view(-1, 1, 1).expand(-1, 1, 2 * H)
        return torch.gather(out, 1, index).squeeze(1)  # BUG

    def forward(self, captions, lengths):
        packed = pack_padded_sequence(self.embed(captions), lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return nn.functional.normalize(self.pool(out, lengths), dim=-1)  # BUG


class TextEncoderFixed(TextEncoder):
    def pool(self, out, lengths):
        last = super().pool(out, lengths)
        return torch.cat([last[:, :H], out[:, 0, H:]], dim=1)


def _data():
    torch.manual_seed(1)
    lengths = torch.tensor([9, 5, 7, 4])
    words = torch.randint(1, V, (4, 9))
    words[torch.arange(9) >= lengths[:, None]] = 0
    return words, lengths


def make():
    torch.manual_seed(0)
    return TextEncoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return TextEncoderFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

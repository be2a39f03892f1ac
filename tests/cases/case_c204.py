"""Sentence encoder: outputs are put back in order, the lengths for the mean are still the sorted ones."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c204', source='facebookresearch/InferSent#51',
    title='Two pooling issues (sent_len is not unsorted before used for normalization)',
    loud=False, cause='lengths_misaligned',
    explanation='After unsorting the outputs, the sum over time is divided by the lengths in sorted order: a '
                'sentence is divided by the length of another one.',
    fix='emb = summed / lengths.unsqueeze(1)   # lengths in the order of the data',
    layout=[ "batch seq", None],
)
V, E, H = 19, 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E, padding_idx=0)
        self.lstm = nn.LSTM(E, H, bidirectional=True)

    def divisor(self, lengths, sorted_lengths):
        return sorted_lengths  # BUG

    def forward(self, sent, lengths):
        sorted_len, idx = lengths.sort(descending=True)
        unsort = idx.argsort()
        x = self.emb(sent).transpose(0, 1).index_select(1, idx)
        out, _ = self.lstm(pack_padded_sequence(x, sorted_len))
        out = pad_packed_sequence(out)[0].index_select(1, unsort)
        return out.sum(0) / self.divisor(lengths, sorted_len).unsqueeze(1)  # BUG


class NetFixed(Net):
    def divisor(self, lengths, sorted_lengths):
        return lengths


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([4, 8, 3, 6])
    return (torch.randint(1, V, (4, 8)) * (torch.arange(8) < lengths[:, None]), lengths), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

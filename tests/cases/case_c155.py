"""Sentence encoder: packed, unpacked seq-first, and then output[-1]: zeros for all but the longest sentences."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c155', source='discuss.pytorch.org thread on the last output of a packed sequence',
    title='Getting the last output of an RNN with variable lengths after pad_packed_sequence',
    loud=False, cause='last_step_padding',
    explanation="After unpacking, the positions past a sentence's end hold zeros; output[-1] is a vector of zeros "
                'for every sentence shorter than the longest one.',
    fix='last = output[lengths - 1, torch.arange(batch)]',
    layout=[ "seq batch", None],
)
V, E, H = 17, 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H)
        self.fc = nn.Linear(H, 3)

    def last(self, output, lengths):
        return output[-1]  # BUG

    def forward(self, text, lengths):
        packed = pack_padded_sequence(self.embed(text), lengths, enforce_sorted=False)
        output, _ = pad_packed_sequence(self.lstm(packed)[0])
        return self.fc(self.last(output, lengths))  # BUG


class NetFixed(Net):
    def last(self, output, lengths):
        return output[lengths - 1, torch.arange(output.size(1))]


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([8, 5, 3, 6])
    text = torch.randint(1, V, (8, 4)) * (torch.arange(8)[:, None] < lengths[None])
    return (text, lengths), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""pad_sequence without batch_first collates for a batch_first network."""
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

META = dict(
    id='c183', source='forum questions on pad_sequence in a collate_fn',
    title='pad_sequence returns (T, B, *) by default',
    loud=False, cause='batch_seq_swapped',
    explanation='pad_sequence gives (longest, batch, features) by default; the LSTM is batch_first, so steps are '
                'taken for samples and samples for steps.',
    fix='pad_sequence(items, batch_first=True)',
    layout=[ "batch seq features", None],
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 6, batch_first=True)  # BUG
        self.fc = nn.Linear(6, 1)

    def collate(self, items):
        return pad_sequence(items)  # BUG

    def forward(self, windows, lengths):
        items = [w[:n] for w, n in zip(windows, lengths.tolist())]
        x = self.collate(items)
        out, _ = self.lstm(x)  # BUG
        return self.fc(out)


class NetFixed(Net):
    def collate(self, items):
        return pad_sequence(items, batch_first=True)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 7, 3), torch.tensor([7, 7, 7, 7])), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

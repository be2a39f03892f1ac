"""Natural-language inference: the hypothesis is packed with the lengths of the premise."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

META = dict(
    id='c184', source='GitHub SNLI baselines (copy and paste of the packing lines)',
    title='Wrong lengths for the second sentence',
    loud=False, cause='lengths_misaligned',
    explanation='Lengths of the premises cut the hypotheses: real words are dropped for some pairs, padding is '
                'read for others.',
    fix='pack_padded_sequence(hypothesis, hyp_len, ...)',
    layout=[ "batch seq", "batch seq"],
)
V, E, H = 20, 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E, padding_idx=0)
        self.lstm = nn.LSTM(E, H, batch_first=True)
        self.fc = nn.Linear(2 * H, 3)

    def encode(self, x, n):
        packed = pack_padded_sequence(self.embed(x), n, batch_first=True, enforce_sorted=False)  # BUG
        return self.lstm(packed)[1][0][-1]

    def both(self, premise, hypothesis, p_len, h_len):
        return self.encode(premise, p_len), self.encode(hypothesis, p_len)  # BUG

    def forward(self, premise, hypothesis):
        p_len, h_len = (premise != 0).sum(1), (hypothesis != 0).sum(1)
        return self.fc(torch.cat(self.both(premise, hypothesis, p_len, h_len), 1))


class NetFixed(Net):
    def both(self, premise, hypothesis, p_len, h_len):
        return self.encode(premise, p_len), self.encode(hypothesis, h_len)


def _inputs():
    torch.manual_seed(1)
    p = torch.randint(1, V, (4, 8)) * (torch.arange(8) < torch.tensor([8, 4, 5, 7])[:, None])
    h = torch.randint(1, V, (4, 8)) * (torch.arange(8) < torch.tensor([5, 8, 3, 6])[:, None])
    return (p, h), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Padding at the end, attention without a mask: the softmax gives weight to padded steps."""
import torch
from torch import nn

META = dict(
    id='c237', source='OpenNMT/OpenNMT-py#486 (hidden states with PAD as input are included in the attention)',
    title='lengths is not passed, attention over padding',
    loud=False, cause='last_step_padding',
    explanation='The memory past the end of a sentence is padding; without a mask the attention takes it in, and '
                "a sentence's result depends on how long its neighbours are.",
    fix='scores.masked_fill(~mask, float("-inf")) before the softmax',
    layout=[ "batch seq", None],
)
V, E, H = 18, 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E, padding_idx=0)
        self.gru = nn.GRU(E, H, batch_first=True)
        self.score = nn.Linear(H, 1)
        self.fc = nn.Linear(H, 2)

    def masked(self, scores, lengths):
        return scores  # BUG

    def forward(self, words, lengths):
        out, _ = self.gru(self.embed(words))
        w = torch.softmax(self.masked(self.score(out).squeeze(-1), lengths), dim=1)  # BUG
        return self.fc((w.unsqueeze(-1) * out).sum(1))  # BUG


class NetFixed(Net):
    def masked(self, scores, lengths):
        return scores.masked_fill(torch.arange(scores.size(1)) >= lengths[:, None], float("-inf"))


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

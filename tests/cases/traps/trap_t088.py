"""Padded batch, lengths given, BiLSTM not packed, masked attention and masked max."""
import torch
from torch import nn

META = dict(
    id='t088', source='text classifiers without packing',
    title='Masks instead of packing',
    explanation='The padding is masked wherever steps are pooled.',
    layout=[ "batch seq", None],
)
V, E, H = 16, 4, 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E, padding_idx=0)
        self.a = nn.LSTM(E, H, batch_first=True, bidirectional=True)
        self.b = nn.LSTM(2 * H, H, batch_first=True, bidirectional=True)
        self.score = nn.Linear(2 * H, 1)

    def forward(self, words, lengths):
        mask = (torch.arange(words.size(1)) < lengths[:, None]).unsqueeze(-1)
        out, _ = self.b(self.a(self.emb(words))[0])
        w = self.score(out).masked_fill(~mask, -1e9).softmax(1)
        return torch.cat([(w * out).sum(1), out.masked_fill(~mask, -1e9).max(1).values], 1)


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([8, 5, 3, 6])
    return (torch.randint(1, V, (4, 8)) * (torch.arange(8) < lengths[:, None]), lengths), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

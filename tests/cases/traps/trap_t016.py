"""Left-padded sentences: the last position is the last word of every sentence."""
import torch
from torch import nn

META = dict(
    id='t016',
    source='own; padding in front so that out[:, -1] is right',
    title='Padding on the left, out[:, -1] read',
    explanation='The last step is a real word for all; padding comes first. padding_idx makes its vectors zero.',
    layout='batch seq',
)
V, E, H = 20, 5, 6


class LeftPadded(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E, padding_idx=0)
        self.lstm = nn.LSTM(E, H, 2, batch_first=True)
        self.fc = nn.Linear(H, 2)

    def forward(self, words):
        out, _ = self.lstm(self.emb(words))
        return self.fc(out[:, -1])


def fixed():
    torch.manual_seed(0)
    model = LeftPadded()
    torch.manual_seed(1)
    words = torch.randint(1, V, (4, 8))
    for i, n in enumerate([8, 5, 6, 3]):
        words[i, :8 - n] = 0
    return model, (words,), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

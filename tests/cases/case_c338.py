"""Captioning: the start states from the image are (batch, layers, hidden) because the LSTM is batch_first."""
import torch
from torch import nn

META = dict(
    id='c338', source='captioning notebooks: init_hidden shaped like the batch-first input',
    title='Expected hidden[0] size (2, 5, 7), got [5, 2, 7]',
    loud=True, cause='state_batch_first',
    explanation='batch_first changes input and output only. h_0 and c_0 are (layers, batch, hidden).',
    fix='h.transpose(0, 1).contiguous(), c.transpose(0, 1).contiguous()',
    layout=['batch features', 'batch seq'],
)
IMG, E, H, L, V = 9, 6, 7, 2, 24


class ShowAndTell(nn.Module):
    def __init__(self):
        super().__init__()
        self.to_states = nn.Linear(IMG, 2 * L * H)
        self.embed = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, L, batch_first=True)
        self.vocab = nn.Linear(H, V)

    def start(self, image):
        h, c = self.to_states(image).view(-1, 2, L, H).unbind(1)
        return h, c  # BUG

    def forward(self, image, caption):
        h, c = self.start(image)
        out, _ = self.lstm(self.embed(caption), (h, c))  # BUG
        return self.vocab(out)


class ShowAndTellFixed(ShowAndTell):
    def start(self, image):
        h, c = self.to_states(image).view(-1, 2, L, H).unbind(1)
        return h.transpose(0, 1).contiguous(), c.transpose(0, 1).contiguous()


def _inputs():
    torch.manual_seed(1)
    return torch.randn(5, IMG), torch.randint(0, V, (5, 8))


def make():
    torch.manual_seed(0)
    return ShowAndTell(), _inputs(), None


def fixed():
    torch.manual_seed(0)
    return ShowAndTellFixed(), _inputs(), None


def run(model, inputs, targets):
    return model(*inputs)

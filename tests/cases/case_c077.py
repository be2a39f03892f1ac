"""init_hidden(x.size(0)) in a seq-first model: the length is taken for the batch size."""
import torch
from torch import nn

META = dict(
    id='c077',
    source='MITDeepLearning/introtodeeplearning#188 (which axis of x is the batch in init_hidden)',
    title='state = self.init_hidden(x.size(0)) with seq-first tokens',
    loud=True,
    cause='state_fixed_batch',
    explanation='The tokens are (seq, batch); x.size(0) is the length. The LSTM asks for a state for 3 samples and '
                'gets one for 9.',
    fix='self.init_hidden(x.size(1))',
    layout='seq batch',
)
V, E, H = 15, 4, 7


class SongModel(nn.Module):
    axis = 0  # BUG

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H)
        self.fc = nn.Linear(H, V)

    def init_hidden(self, n):
        weight = self.fc.weight
        return weight.new_zeros(1, n, H), weight.new_zeros(1, n, H)

    def forward(self, x, state=None, return_state=False):
        if state is None:
            state = self.init_hidden(x.size(self.axis))  # BUG
        out, state = self.lstm(self.embedding(x), state)  # BUG
        out = self.fc(out)
        return out if not return_state else (out, state)


class SongModelFixed(SongModel):
    axis = 1


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (9, 3)),)


def make():
    torch.manual_seed(0)
    return SongModel(), _data(), None


def fixed():
    torch.manual_seed(0)
    return SongModelFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

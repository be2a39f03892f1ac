"""Jokes generator: batches of words into a seq-first LSTM, state made for (layers, sequence_length, size)."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c147', source='closeheat/pytorch-lstm-text-generation-tutorial#3',
    title='LSTM input tensor and initial state dimensions',
    loud=False, cause='batch_seq_swapped',
    explanation='The loader gives (batch, seq) and the LSTM is seq-first; the state is made for sequence_length '
                'samples, so nothing raises, and the memory runs from one window of the text to the next.',
    fix='nn.LSTM(size, size, layers, batch_first=True) with a state for x.size(0) samples',
    layout='batch seq',
)
V, SIZE, LAYERS, SEQ = 19, 8, 2, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(num_embeddings=V, embedding_dim=SIZE)
        self.lstm = nn.LSTM(input_size=SIZE, hidden_size=SIZE, num_layers=LAYERS)  # BUG
        self.fc = nn.Linear(SIZE, V)

    def forward(self, x, prev_state):
        embed = self.embedding(x)
        output, state = self.lstm(embed, prev_state)  # BUG
        return self.fc(output), state

    def init_state(self, x):
        return torch.zeros(LAYERS, x.size(1), SIZE), torch.zeros(LAYERS, x.size(1), SIZE)


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(SIZE, SIZE, LAYERS, batch_first=True)

    def init_state(self, x):
        return torch.zeros(LAYERS, x.size(0), SIZE), torch.zeros(LAYERS, x.size(0), SIZE)


def _inputs():
    torch.manual_seed(1)
    text = torch.randint(0, V, (4, SEQ + 1))
    return (text[:, :-1].contiguous(),), text[:, 1:].contiguous()


def run(model, inputs, targets):
    x, = inputs
    y_pred, (h, c) = model(x, model.init_state(x))
    loss = F.cross_entropy(y_pred.transpose(1, 2), targets)
    return loss, h.detach(), c.detach()


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())

"""Self-attention after a batch-first BiLSTM, MultiheadAttention left seq-first."""
import torch
from torch import nn

META = dict(
    id='c023',
    source='own; LSTM + MultiheadAttention answers on forums',
    title='nn.MultiheadAttention on the output of a batch_first LSTM',
    loud=False,
    cause='mha_batch_first',
    explanation='Without batch_first=True the attention takes axis 0 for the sequence: the samples attend to each '
                'other.',
    fix='nn.MultiheadAttention(2 * H, 2, batch_first=True)',
    layout='batch seq',
)
V, E, H = 25, 6, 4


class Sentiment(nn.Module):
    def __init__(self, batch_first=False):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, batch_first=True, bidirectional=True)
        self.attention = nn.MultiheadAttention(2 * H, num_heads=2, batch_first=batch_first)  # BUG
        self.drop = nn.Dropout(0.2)
        self.fc = nn.Linear(2 * H, 2)

    def forward(self, tokens):
        out, _ = self.lstm(self.embedding(tokens))
        context, weights = self.attention(out, out, out)  # BUG
        return self.fc(self.drop(context.mean(dim=1)))


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 9)),)


def make():
    torch.manual_seed(0)
    return Sentiment(), _data(), None  # BUG


def fixed():
    torch.manual_seed(0)
    return Sentiment(batch_first=True), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

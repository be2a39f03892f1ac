"""Validation with the state of the last training batch size: the last batch is smaller."""
import torch
from torch import nn

META = dict(
    id='c074',
    source='gabrielloye/LSTM_Sentiment-Analysis#4',
    title='Expected hidden[0] size (416, 82, 50), got (416, 100, 50)',
    loud=True,
    cause='state_carried_smaller_batch',
    explanation='The state of the last full batch is carried into a batch with fewer samples.',
    fix='init_hidden(len(inputs)) for every batch',
    layout=['batch seq', 'batch seq'],
)
V, E, H, L = 18, 5, 6, 2


class SentimentNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, L, dropout=0.2, batch_first=True)
        self.fc = nn.Linear(H, 1)

    def forward(self, x, hidden):
        out, hidden = self.lstm(self.embedding(x), hidden)  # BUG
        return torch.sigmoid(self.fc(out[:, -1])).squeeze(-1), hidden

    def init_hidden(self, n):
        weight = next(self.parameters())
        return weight.new_zeros(L, n, H), weight.new_zeros(L, n, H)


class Validation(nn.Module):
    def __init__(self, again):
        super().__init__()
        self.net, self.again = SentimentNet(), again

    def forward(self, *batches):
        state, outs = self.net.init_hidden(len(batches[0])), []
        for x in batches:
            state = self.net.init_hidden(len(x)) if self.again else tuple(s.detach() for s in state)  # BUG
            out, state = self.net(x, state)  # BUG
            outs.append(out)
        return torch.cat(outs)


def _data():
    torch.manual_seed(1)
    return torch.randint(0, V, (5, 7)), torch.randint(0, V, (3, 7))


def make():
    torch.manual_seed(0)
    return Validation(False), _data(), None


def fixed():
    torch.manual_seed(0)
    return Validation(True), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""BCELoss of (batch, 1) against (batch,)."""
import torch
from torch import nn

META = dict(
    id='c086',
    source='FernandoLpz/Text-Classification-LSTMs-PyTorch#9',
    title='Using a target size (64,) that is different to the input size (64, 1) is deprecated',
    loud=True,
    cause='loss_shape',
    explanation='The head gives (batch, 1); BCELoss refuses a target of (batch,).',
    fix='y_pred.squeeze(-1)',
    layout='batch seq',
)
V, E, H = 24, 5, 6


class TweetClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E, padding_idx=0)
        self.lstm = nn.LSTM(E, H, num_layers=2, batch_first=True)
        self.fc1, self.fc2 = nn.Linear(H, 8), nn.Linear(8, 1)

    def forward(self, x):
        out, (hidden, cell) = self.lstm(self.embedding(x))
        return torch.sigmoid(self.fc2(torch.relu(self.fc1(out[:, -1, :]))))


class TweetClassifierFixed(TweetClassifier):
    def forward(self, x):
        return super().forward(x).squeeze(-1)


def _data():
    torch.manual_seed(1)
    return (torch.randint(1, V, (5, 8)),), torch.tensor([1., 0., 0., 1., 1.])


def make():
    torch.manual_seed(0)
    return (TweetClassifier(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (TweetClassifierFixed(),) + _data()


def run(model, inputs, targets):
    y_pred = model(*inputs)
    return nn.functional.binary_cross_entropy(y_pred, targets.to(y_pred.dtype))  # BUG

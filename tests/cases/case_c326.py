"""VQA: the states of all three LSTM layers are wanted per question, but h_n is reshaped to batch rows."""
import torch
from torch import nn

META = dict(
    id='c326', source='VQA baselines that concatenate the states of all layers (LSTM Q + norm I)',
    title='h_n.reshape(batch, layers * hidden)',
    loud=False, cause='hn_view_layers',
    explanation='h_n is (3 layers, batch, H). reshape(batch, -1) gives question 0 the layer-0 states of questions '
                '0, 1 '
                'and 2.',
    fix='h_n.permute(1, 0, 2).reshape(batch, -1)',
    layout=['batch features', 'batch seq'],
)
IMG, VOC, E, H, L, ANSWERS = 9, 28, 5, 6, 3, 7


class DeeperLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.img = nn.Linear(IMG, 10)
        self.word = nn.Embedding(VOC, E)
        self.lstm = nn.LSTM(E, H, L, batch_first=True)
        self.txt = nn.Linear(L * H, 10)
        self.answer = nn.Sequential(nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, ANSWERS))

    def question(self, words):
        _, (h_n, _) = self.lstm(torch.tanh(self.word(words)))
        return h_n.reshape(words.size(0), -1)  # BUG

    def forward(self, image, words):
        i = torch.tanh(self.img(nn.functional.normalize(image, dim=1)))
        q = torch.tanh(self.txt(self.question(words)))
        return self.answer(i * q)


class DeeperLSTMFixed(DeeperLSTM):
    def question(self, words):
        _, (h_n, _) = self.lstm(torch.tanh(self.word(words)))
        return h_n.permute(1, 0, 2).reshape(words.size(0), -1)


def _batch():
    torch.manual_seed(1)
    return torch.randn(5, IMG), torch.randint(0, VOC, (5, 8))


def make():
    torch.manual_seed(0)
    return DeeperLSTM(), _batch(), None


def fixed():
    torch.manual_seed(0)
    return DeeperLSTMFixed(), _batch(), None


def run(model, inputs, targets):
    return model(*inputs)

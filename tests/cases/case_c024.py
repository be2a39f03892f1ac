"""CNN-LSTM on text: Conv1d on (batch, seq, emb), where the padded length equals the embedding size."""
import torch
from torch import nn

META = dict(
    id='c024',
    source='own; the sizes coincide (sentences padded to 10, embedding 10)',
    title='Conv1d on an embedding without permute',
    loud=False,
    cause='conv_no_permute',
    explanation='Conv1d takes (batch, channels, length): here the words are taken for channels and the kernel '
                'slides over the embedding components.',
    fix='self.conv(x.transpose(1, 2)).transpose(1, 2)',
    layout='batch seq',
)
V, E, C, H = 23, 10, 10, 6


class ConvLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E)
        self.conv = nn.Conv1d(E, C, kernel_size=3, padding=1)
        self.lstm = nn.LSTM(C, H, batch_first=True)
        self.fc = nn.Linear(H, 2)

    def convolve(self, x):
        return self.conv(x)  # BUG

    def forward(self, words):
        x = torch.relu(self.convolve(self.embed(words)))
        _, (h, _) = self.lstm(x)
        return self.fc(h[-1])


class ConvLSTMFixed(ConvLSTM):
    def convolve(self, x):
        return self.conv(x.transpose(1, 2)).transpose(1, 2)


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 10)),)


def make():
    torch.manual_seed(0)
    return ConvLSTM(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ConvLSTMFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)

"""Images (batch, 1, 28, 28) straight into an LSTM."""
import torch
from torch import nn

META = dict(
    id='c095',
    source='own; MNIST batches of the loader without squeeze(1)',
    title='The channel axis of MNIST images is left in',
    loud=True,
    cause='input_4d',
    explanation='The loader gives (batch, 1, rows, columns). The channel axis must go before the rows can be read '
                'as steps.',
    fix='images.squeeze(1)',
    layout='batch channel seq features',
)


class RowRnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(28, 10, num_layers=2, batch_first=True)
        self.fc = nn.Linear(10, 10)

    def rows(self, images):
        return images  # BUG

    def forward(self, images):
        out, _ = self.gru(self.rows(images))  # BUG
        return self.fc(out[:, -1, :]).log_softmax(dim=1)


class RowRnnFixed(RowRnn):
    def rows(self, images):
        return images.squeeze(1)


def _data():
    torch.manual_seed(1)
    return (torch.rand(4, 1, 28, 28),), torch.tensor([3, 1, 4, 1])


def make():
    torch.manual_seed(0)
    return (RowRnn(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (RowRnnFixed(),) + _data()


def run(model, inputs, targets):
    return nn.functional.nll_loss(model(*inputs), targets)

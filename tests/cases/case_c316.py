"""EEG windows: every sample point is made a sequence of its own before the LSTM."""
import torch
from torch import nn
from torch import Tensor

META = dict(
    id='c316', source='EEG / motor imagery notebooks (reshape to (-1, 1, channels) "for the LSTM")',
    title='x.reshape(-1, 1, n_channels) turns the time axis into the batch',
    loud=False, cause='seq_len_one',
    explanation='All time points of all windows become sequences of length one: the LSTM never steps from one time '
                'point '
                'to the next. '
                'Reshaping the result back looks right but holds no memory.',
    fix='h, _ = self.lstm(eeg)',
    layout='batch seq features',
)


class EEGNet(nn.Module):
    def __init__(self, n_channels: int = 5, hidden: int = 8, n_classes: int = 3) -> None:
        super().__init__()
        self.n_channels = n_channels
        self.spatial = nn.Linear(n_channels, n_channels, bias=False)
        self.lstm = nn.LSTM(n_channels, hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(hidden, n_classes)

    def forward(self, eeg: Tensor) -> Tensor:
        n, t, _ = eeg.shape
        points = self.spatial(eeg).reshape(-1, 1, self.n_channels)  # BUG
        h, _ = self.lstm(points)  # BUG
        return self.head(h.view(n, t, -1)[:, -1])


class EEGNetFixed(EEGNet):
    def forward(self, eeg: Tensor) -> Tensor:
        h, _ = self.lstm(self.spatial(eeg))
        return self.head(h[:, -1])


def _windows():
    torch.manual_seed(1)
    return (torch.randn(6, 10, 5),)


def make():
    torch.manual_seed(0)
    return EEGNet(), _windows(), None


def fixed():
    torch.manual_seed(0)
    return EEGNetFixed(), _windows(), None


def run(model, inputs, targets):
    return model(*inputs)

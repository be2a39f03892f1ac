"""EEG windows arrive (trial, electrode, sample); the LSTM is told input_size = samples."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c268', source='xyanchen/WiFi-CSI-Sensing-Benchmark#9 (which axis is time?)',
    title='LSTM(input_size=n_samples) on (batch, channels, samples)',
    loud=False, cause='feature_seq_swapped',
    explanation='With input_size equal to the number of samples the shape fits, but the LSTM then walks over the '
                'electrodes '
                'and sees the time axis as features.',
    fix='nn.LSTM(n_electrodes, H, batch_first=True)(x.transpose(1, 2))',
    layout='batch features seq',
)


class EEGNet(nn.Module):
    def __init__(self, n_electrodes=6, n_samples=32, hidden=11, n_classes=4):
        super().__init__()
        self.bn = nn.BatchNorm1d(n_electrodes)
        self.lstm = nn.LSTM(n_samples, hidden, batch_first=True)  # BUG
        self.cls = nn.Linear(hidden, n_classes)

    def forward(self, eeg):
        eeg = self.bn(eeg)
        seq, _ = self.lstm(eeg)  # BUG
        return self.cls(F.elu(seq[:, -1]))


class EEGNetRight(nn.Module):
    def __init__(self, n_electrodes=6, n_samples=32, hidden=11, n_classes=4):
        super().__init__()
        self.bn = nn.BatchNorm1d(n_electrodes)
        self.lstm = nn.LSTM(n_electrodes, hidden, batch_first=True)
        self.cls = nn.Linear(hidden, n_classes)

    def forward(self, eeg):
        eeg = self.bn(eeg)
        seq, _ = self.lstm(eeg.transpose(1, 2))
        return self.cls(F.elu(seq[:, -1]))


def _data():
    torch.manual_seed(8)
    return (torch.randn(10, 6, 32),), torch.randint(0, 4, (10,))


def make():
    torch.manual_seed(0)
    return (EEGNet(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (EEGNetRight(),) + _data()


def run(model, inputs, targets):
    logits = model(inputs[0])
    return logits, F.cross_entropy(logits, targets)

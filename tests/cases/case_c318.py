"""Speech emotion: MFCC matrices are (batch, coefficients, frames), the GRU reads the coefficients as time."""
import torch
from torch import nn

META = dict(
    id='c318', source='librosa MFCC + PyTorch GRU notebooks (Kaggle speech emotion)',
    title='librosa returns (n_mfcc, frames); the batch goes into a GRU with input_size=frames',
    loud=False, cause='feature_seq_swapped',
    explanation='The GRU recurs over the 6 coefficients and takes the 11 frames as the features of a step. The two '
                'axes '
                'have to be '
                'exchanged first.',
    fix='nn.GRU(N_MFCC, H, batch_first=True)(mfcc.transpose(1, 2))',
    layout='batch features seq',
)
N_MFCC, FRAMES, H, EMOTIONS = 6, 11, 9, 4


class EmotionGRU(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(FRAMES, H, num_layers=2, batch_first=True)  # BUG
        self.out = nn.Sequential(nn.Dropout(0.2), nn.Linear(H, EMOTIONS))

    def forward(self, mfcc):
        _, h = self.gru(mfcc)  # BUG
        return self.out(h[-1])


class EmotionGRUFixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(N_MFCC, H, num_layers=2, batch_first=True)
        self.out = nn.Sequential(nn.Dropout(0.2), nn.Linear(H, EMOTIONS))

    def forward(self, mfcc):
        _, h = self.gru(mfcc.transpose(1, 2))
        return self.out(h[-1])


def _mfcc():
    torch.manual_seed(1)
    return (torch.randn(5, N_MFCC, FRAMES),)


def make():
    torch.manual_seed(0)
    return EmotionGRU(), _mfcc(), None


def fixed():
    torch.manual_seed(0)
    return EmotionGRUFixed(), _mfcc(), None


def run(model, inputs, targets):
    return model(*inputs)

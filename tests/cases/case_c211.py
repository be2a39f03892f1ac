"""Video classifier: CNN codes (batch, time, dim), `self.LSTM(x, None)` without batch_first, RNN_out[:, -1]."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c211', source='HHTseng/video-classification#42',
    title='Possible bug in DecoderRNN class',
    loud=False, cause='batch_seq_swapped',
    explanation='Input and output of the LSTM are treated as batch-first, the module is seq-first: it runs over '
                'the clips of the batch.',
    fix='nn.LSTM(..., batch_first=True)',
    layout='batch seq channels height width',
)
class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(2))
        self.fc = nn.Linear(16, 6)

    def forward(self, clip):
        codes = [self.fc(self.conv(clip[:, t]).flatten(1)) for t in range(clip.size(1))]
        return torch.stack(codes, dim=0).transpose(0, 1)


class RNN(nn.Module):
    def __init__(self, **settings):
        super().__init__()
        self.LSTM = nn.LSTM(input_size=6, hidden_size=8, num_layers=3, **settings)  # BUG
        self.fc1, self.fc2 = nn.Linear(8, 8), nn.Linear(8, 5)

    def forward(self, codes):
        self.LSTM.flatten_parameters()
        out, (h_n, h_c) = self.LSTM(codes, None)  # BUG
        x = F.dropout(F.relu(self.fc1(out[:, -1, :])), p=0.3, training=self.training)
        return self.fc2(x)


def make():
    torch.manual_seed(0)
    return (nn.Sequential(CNN(), RNN()), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (nn.Sequential(CNN(), RNN(batch_first=True)), *_inputs())


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(3, 5, 1, 8, 8),), None


def run(model, inputs, targets):
    return model(*inputs)

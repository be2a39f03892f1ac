"""Dialogue emotion model: loader gives (batch, seq, dim), the model is written seq-first; stacked in a dict output."""
import torch
from torch import nn

META = dict(
    id='c107',
    source='zeroQiaoba/GCNet#3 (which of [seqlen, batch, dim] and [batch, seqlen, dim] reaches the LSTM)',
    title='audio, text and video features batch first into a seq-first GRU',
    loud=False,
    cause='batch_seq_swapped',
    explanation='The features are (batch, seqlen, dim) but the GRU runs along axis 0: emotion flows from dialogue '
                'to dialogue.',
    fix='features.transpose(0, 1), and back for the head',
    layout=['batch seq audio', 'batch seq text'],
)
A, T, H = 3, 4, 5


class Emotion(nn.Module):
    def __init__(self):
        super().__init__()
        self.fuse = nn.Linear(A + T, 6)
        self.context = nn.GRU(6, H, bidirectional=True, dropout=0.1, num_layers=2)  # BUG
        self.label, self.score = nn.Linear(2 * H, 3), nn.Linear(2 * H, 1)

    def along_time(self, x):
        return self.context(x)[0]  # BUG

    def forward(self, audio, text):
        x = torch.relu(self.fuse(torch.cat([audio, text], dim=-1)))
        hidden = self.along_time(x)
        return {'logits': self.label(hidden), 'valence': self.score(hidden)[..., 0]}


class EmotionFixed(Emotion):
    def along_time(self, x):
        return self.context(x.transpose(0, 1))[0].transpose(0, 1)


def _data():
    torch.manual_seed(1)
    return torch.randn(3, 8, A), torch.randn(3, 8, T)


def make():
    torch.manual_seed(0)
    return Emotion(), _data(), None


def fixed():
    torch.manual_seed(0)
    return EmotionFixed(), _data(), None


def run(model, inputs, targets):
    out = model(*inputs)
    return out['logits'], out['valence']

"""Keyword spotting: out[-1] of a batch-first LSTM is the last recording, not the last frame."""
import torch
import torch.nn as nn
import torch.nn.functional as F

META = dict(
    id='c329', source='speech-commands notebooks mixing out[-1] and batch_first=True',
    title='lstm_out[-1] with batch_first=True',
    loud=False, cause='last_step_wrong_axis',
    explanation='[-1] takes the last recording with all its frames. With 8 recordings of 8 frames the scores still '
                'look '
                'like one row per '
                'recording and the loss accepts them.',
    fix='self.fc(out[:, -1])',
    layout='batch seq features',
)
MELS, H, WORDS = 5, 9, 6


class KeywordLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(MELS, H, num_layers=2, batch_first=True)
        self.fc = nn.Linear(H, WORDS)

    def forward(self, fbank):
        out, _ = self.lstm(fbank)
        return self.fc(out[-1])  # BUG


class KeywordLSTMFixed(KeywordLSTM):
    def forward(self, fbank):
        out, _ = self.lstm(fbank)
        return self.fc(out[:, -1])


def _data():
    torch.manual_seed(1)
    return (torch.randn(8, 8, MELS),), torch.randint(0, WORDS, (8,))


def make():
    torch.manual_seed(0)
    return (KeywordLSTM(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (KeywordLSTMFixed(),) + _data()


def run(model, inputs, targets):
    return F.cross_entropy(model(*inputs), targets)

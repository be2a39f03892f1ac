"""Conv + BiLSTM + self-attention on audio: only the LSTM was told that the batch comes first."""
import torch
import torch.nn as nn
import torch.nn.functional as F

META = dict(
    id='c334', source='speech emotion models with nn.MultiheadAttention on LSTM outputs (see pytorch/pytorch#122959)',
    title='nn.MultiheadAttention after a batch-first BiLSTM, without batch_first',
    loud=False, cause='mha_batch_first',
    explanation='MultiheadAttention is seq-first by default and takes (batch, frames, dim) for (frames, batch, '
                'dim): the '
                'clips of the batch '
                'attend to each other, frame by frame.',
    fix='nn.MultiheadAttention(2 * H, 2, batch_first=True)',
    layout='batch features seq',
)
MELS, CH, H, CLASSES = 6, 8, 5, 4


class AudioAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(MELS, CH, 5, padding=2)
        self.lstm = nn.LSTM(CH, H, bidirectional=True, batch_first=True)
        self.attn = nn.MultiheadAttention(2 * H, num_heads=2)  # BUG
        self.norm = nn.LayerNorm(2 * H)
        self.head = nn.Linear(2 * H, CLASSES)

    def forward(self, mel):
        x = F.gelu(self.conv(mel)).transpose(1, 2)
        x, _ = self.lstm(x)
        a, _ = self.attn(x, x, x, need_weights=False)  # BUG
        x = self.norm(x + a)
        return self.head(x.mean(dim=1))


class AudioAttentionFixed(AudioAttention):
    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(2 * H, num_heads=2, batch_first=True)


def _mel():
    torch.manual_seed(1)
    return (torch.randn(3, MELS, 10),)


def make():
    torch.manual_seed(0)
    return AudioAttention(), _mel(), None


def fixed():
    torch.manual_seed(0)
    return AudioAttentionFixed(), _mel(), None


def run(model, inputs, targets):
    return model(*inputs)

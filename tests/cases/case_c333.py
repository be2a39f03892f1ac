"""Speaker model: mean and variance normalisation of the features runs over the utterances of the batch."""
import torch
from torch import nn

META = dict(
    id='c333', source='CMVN written for one utterance (frames, mels) and reused for a batch',
    title='feats.mean(0) on (batch, frames, mels)',
    loud=False, cause='norm_over_batch',
    explanation='For one utterance axis 0 was the frames. In a batch axis 0 is the utterances: the features of a '
                'speaker '
                'are expressed '
                'relative to whoever else is in the batch.',
    fix='feats.mean(1, keepdim=True), feats.std(1, keepdim=True)',
    layout='batch seq features',
)


def cmvn(feats, eps=1e-5):
    mean = feats.mean(0)  # BUG
    std = feats.std(0)  # BUG
    return (feats - mean) / (std + eps)  # BUG


def cmvn_per_utterance(feats, eps=1e-5):
    mean = feats.mean(1, keepdim=True)
    std = feats.std(1, keepdim=True)
    return (feats - mean) / (std + eps)


class SpeakerGRU(nn.Module):
    def __init__(self, normalise, mels=6, hidden=8, dim=5):
        super().__init__()
        self.normalise = normalise
        self.gru = nn.GRU(mels, hidden, batch_first=True, num_layers=2)
        self.proj = nn.Linear(hidden, dim)

    def forward(self, feats):
        out, _ = self.gru(self.normalise(feats))
        return nn.functional.normalize(self.proj(out.mean(1)), dim=1)


def _feats():
    torch.manual_seed(1)
    return (torch.randn(4, 13, 6) * 3 + 1,)


def make():
    torch.manual_seed(0)
    return SpeakerGRU(cmvn), _feats(), None


def fixed():
    torch.manual_seed(0)
    return SpeakerGRU(cmvn_per_utterance), _feats(), None


def run(model, inputs, targets):
    return model(*inputs)

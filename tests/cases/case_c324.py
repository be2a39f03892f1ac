"""Clip classification: (B, C, T, H, W) is viewed as (B*T, C, H, W) without moving the frame axis."""
import torch
import torch.nn as nn

META = dict(
    id='c324', source='proceduralia/pytorch-conv2_1d#1',
    title='the input dim problem? (should not we permute the dim first)',
    loud=False, cause='view_not_permute',
    explanation='The clip is channels first. Merging batch and time needs them side by side; the plain view builds '
                '"frames" whose channels '
                'are consecutive frames of one colour.',
    fix='clip.transpose(1, 2).reshape(b * t, c, h, w)',
    layout='batch channel seq height width',
)


class ClipNet(nn.Module):
    def __init__(self, channels=2, width=6, hidden=7, classes=4):
        super().__init__()
        self.frame = nn.Sequential(
            nn.Conv2d(channels, width, 3, stride=2, padding=1), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )
        self.lstm = nn.LSTM(width, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, classes)

    def fold(self, clip):
        b, c, t, h, w = clip.size()
        return clip.view(b * t, c, h, w)  # BUG

    def forward(self, clip):
        b, _, t = clip.shape[:3]
        feats = self.frame(self.fold(clip)).view(b, t, -1)
        out, _ = self.lstm(feats)
        return self.fc(out[:, -1])


class ClipNetFixed(ClipNet):
    def fold(self, clip):
        b, c, t, h, w = clip.size()
        return clip.transpose(1, 2).reshape(b * t, c, h, w)


def _clips():
    torch.manual_seed(1)
    return (torch.randn(3, 2, 5, 6, 8),)


def make():
    torch.manual_seed(0)
    return ClipNet(), _clips(), None


def fixed():
    torch.manual_seed(0)
    return ClipNetFixed(), _clips(), None


def run(model, inputs, targets):
    return model(*inputs)

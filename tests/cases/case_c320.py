"""CRNN text recognition with CTC: the feature map (B, C, H, W) is viewed as (B, W, C*H)."""
import torch
import torch.nn as nn
import torch.nn.functional as F

META = dict(
    id='c320', source='qjadud1994/CRNN-Keras#29 (same in many PyTorch CRNN ports)',
    title='Map-to-sequence with a reshape: the columns of the picture are not the steps',
    loud=False, cause='view_not_permute',
    explanation='A step has to be one column: all channels and rows at one width position. view(B, W, C*H) cuts the '
                'memory (C, H, W) into W '
                'equal pieces, i.e. a step holds whole rows of a few channels.',
    fix='fmap.permute(0, 3, 1, 2).reshape(b, w, c * h)',
    layout='batch channel height width',
)
ALPHABET = 9        # 0 is blank


class CRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d((2, 1)),
                                 nn.Conv2d(4, 5, 3, padding=1), nn.ReLU(), nn.MaxPool2d((2, 1)))
        self.rnn = nn.LSTM(5 * 2, 8, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(16, ALPHABET)

    def to_sequence(self, fmap):
        b, c, h, w = fmap.size()
        return fmap.view(b, w, c * h)  # BUG

    def forward(self, image):
        x, _ = self.rnn(self.to_sequence(self.cnn(image)))
        return F.log_softmax(self.fc(x), dim=2).permute(1, 0, 2)


class CRNNFixed(CRNN):
    def to_sequence(self, fmap):
        b, c, h, w = fmap.size()
        return fmap.permute(0, 3, 1, 2).reshape(b, w, c * h)


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 1, 8, 12),), torch.randint(1, ALPHABET, (4, 3))


def make():
    torch.manual_seed(0)
    return (CRNN(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (CRNNFixed(),) + _data()


def run(model, inputs, targets):
    log_probs = model(*inputs)
    steps = torch.full((log_probs.size(1),), log_probs.size(0))
    return F.ctc_loss(log_probs, targets, steps, torch.full((4,), 3), reduction='none')

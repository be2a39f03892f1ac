"""OCR with a ReNet block (an RNN along the rows of pixels, then CTC): columns and rows folded into the batch."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y041', source='own', title='2-D RNN and time-major CTC log-probs', loud=False, cause='none',
    explanation='The vertical GRU has (width*batch) rows of height steps; permutes come before every reshape. CTC '
                'wants (T, B, C).',
    layout='batch channel height width',
)


class ReNetCTC(nn.Module):
    def __init__(self, classes=8):
        super().__init__()
        self.conv = nn.Conv2d(1, 5, 3, padding=1)
        self.vertical = nn.GRU(5, 4, bidirectional=True, batch_first=True)
        self.horizontal = nn.LSTM(8 * 6, 7, bidirectional=True)
        self.cls = nn.Linear(14, classes)

    def forward(self, img):
        x = F.relu(self.conv(img))
        b, c, h, w = x.shape
        cols = x.permute(0, 3, 2, 1).reshape(b * w, h, c)
        cols, _ = self.vertical(cols)
        seq = cols.reshape(b, w, -1).transpose(0, 1)
        out, _ = self.horizontal(seq)
        return self.cls(out).log_softmax(-1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 1, 6, 10),), torch.randint(1, 8, (3, 4))


def make():
    torch.manual_seed(0)
    return (ReNetCTC(),) + _inputs()


fixed = make


def run(model, inputs, targets):
    lp = model(*inputs)
    return F.ctc_loss(lp, targets, torch.tensor([10, 10, 10]), torch.tensor([4, 4, 4]))

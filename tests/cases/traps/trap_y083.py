"""CRNN text recogniser with CTC."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y083', source='own', loud=False, cause='none',
    title='CRNN text recogniser with CTC',
    explanation=(
        'Width becomes time: squeeze(2).permute(2, 0, 1), a time-major BiLSTM, the linear on t * b rows '
        'and the view back to (t, b, classes).'), fix='',
    layout='batch channel height width',
)


class BiLSTM(nn.Module):
    def __init__(self, i, h, o):
        super().__init__()
        self.rnn = nn.LSTM(i, h, bidirectional=True)
        self.embedding = nn.Linear(2 * h, o)

    def forward(self, x):
        rec, _ = self.rnn(x)
        t, b, h = rec.size()
        return self.embedding(rec.view(t * b, h)).view(t, b, -1)


class CRNN(nn.Module):
    def __init__(self, classes=10, h=8):
        super().__init__()
        self.cnn = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 9, 3, padding=1), nn.ReLU(), nn.MaxPool2d((2, 1)),
            nn.Conv2d(9, 7, (4, 3), padding=(0, 1)), nn.ReLU())
        self.rnn = nn.Sequential(BiLSTM(7, h, h), BiLSTM(h, h, classes))

    def forward(self, image):
        conv = self.cnn(image)
        b, c, h, w = conv.size()
        assert h == 1, 'the height of conv must be 1'
        return F.log_softmax(self.rnn(conv.squeeze(2).permute(2, 0, 1)), 2)


def make():
    torch.manual_seed(0)
    m = CRNN()
    torch.manual_seed(1)
    x = torch.randn(5, 1, 16, 26)
    lengths = torch.tensor([3, 4, 2, 4, 3])
    return m, (x,), (torch.randint(1, 10, (int(lengths.sum()),)), lengths)


fixed = make


def run(model, inputs, targets):
    log_probs = model(inputs[0])
    text, lengths = targets
    sizes = torch.full((log_probs.size(1),), log_probs.size(0), dtype=torch.long)
    return F.ctc_loss(log_probs, text, sizes, lengths, zero_infinity=True)

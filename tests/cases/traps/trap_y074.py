"""CRNN: Conv1d and InstanceNorm/GroupNorm over channels with permute both ways, strided readout."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y074', source='own',
    title='CRNN: Conv1d and InstanceNorm/GroupNorm over channels with permute both ways, strided readout',
    explanation='Convolution runs on (b, c, t), the LSTM on (b, t, c); the padding keeps the length and ::2 matches '
                'targets at half rate.',
    layout=['batch seq features', 'batch seq'],
)


class CRNN(nn.Module):
    def __init__(self, d=4, c=8, h=6):
        super().__init__()
        self.conv = nn.Conv1d(d, c, 3, padding=1)
        self.norm = nn.InstanceNorm1d(c, affine=True)
        self.rnn = nn.LSTM(c, h, batch_first=True, bidirectional=True)
        self.post = nn.Conv1d(2 * h, c, 3, padding=1)
        self.gn = nn.GroupNorm(2, c)
        self.ln = nn.LayerNorm(c)
        self.head = nn.Linear(c, 3)

    def forward(self, x):
        z = F.relu(self.norm(self.conv(x.permute(0, 2, 1)))).permute(0, 2, 1)
        o, _ = self.rnn(z)
        y = self.gn(self.post(o.transpose(1, 2))).transpose(1, 2)
        return self.head(self.ln(y + z))[:, ::2]


def make():
    torch.manual_seed(0)
    m = CRNN()
    torch.manual_seed(1)
    return m, (torch.randn(5, 10, 4), torch.randint(0, 3, (5, 5))), None


fixed = make


def run(model, inputs, targets):
    x, y = inputs
    return F.cross_entropy(model(x).permute(0, 2, 1), y)

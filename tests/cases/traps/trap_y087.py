"""DA-RNN: input attention over series, temporal attention over steps."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y087', source='own', loud=False, cause='none',
    title='DA-RNN: input attention over series, temporal attention over steps',
    explanation=(
        'The state is repeated per series by expand; the softmax runs over series in the encoder and '
        'over time in the decoder.'), fix='',
    layout=['batch seq features', 'batch seq'],
)


class Encoder(nn.Module):
    def __init__(self, n, m, t):
        super().__init__()
        self.m, self.lstm = m, nn.LSTM(n, m, num_layers=1)
        self.attn = nn.Linear(2 * m + t, 1)

    def forward(self, x):
        b, t, n = x.shape
        h, c = x.new_zeros(1, b, self.m), x.new_zeros(1, b, self.m)
        coded = []
        for s in range(t):
            z = torch.cat((h.expand(n, -1, -1).permute(1, 0, 2), c.expand(n, -1, -1).permute(1, 0, 2),
                           x.permute(0, 2, 1)), dim=2)
            a = F.softmax(self.attn(z.reshape(b * n, -1)).view(b, n), dim=1)
            _, (h, c) = self.lstm((a * x[:, s]).unsqueeze(0), (h, c))
            coded.append(h.squeeze(0))
        return torch.stack(coded, 1)


class Decoder(nn.Module):
    def __init__(self, m, p):
        super().__init__()
        self.p = p
        self.attn = nn.Sequential(nn.Linear(2 * p + m, m), nn.Tanh(), nn.Linear(m, 1))
        self.lstm, self.fc = nn.LSTM(1, p), nn.Linear(m + 1, 1)
        self.final = nn.Linear(p + m, 1)

    def forward(self, coded, y):
        b, t, m = coded.shape
        d, c = coded.new_zeros(1, b, self.p), coded.new_zeros(1, b, self.p)
        for s in range(y.size(1)):
            z = torch.cat((d.repeat(t, 1, 1).permute(1, 0, 2), c.repeat(t, 1, 1).permute(1, 0, 2), coded), 2)
            beta = F.softmax(self.attn(z.view(-1, 2 * self.p + m)).view(-1, t), dim=1)
            ctx = torch.bmm(beta.unsqueeze(1), coded)[:, 0, :]
            y_ = self.fc(torch.cat((ctx, y[:, s].unsqueeze(1)), dim=1))
            _, (d, c) = self.lstm(y_.unsqueeze(0), (d, c))
        return self.final(torch.cat((d[0], ctx), dim=1))


class DARNN(nn.Module):
    def __init__(self, n=6, m=8, p=5, t=7):
        super().__init__()
        self.encoder, self.decoder = Encoder(n, m, t), Decoder(m, p)

    def forward(self, x, y):
        return self.decoder(self.encoder(x), y).squeeze(1)


def make():
    torch.manual_seed(0)
    m = DARNN()
    torch.manual_seed(1)
    return m, (torch.randn(5, 7, 6), torch.randn(5, 7)), torch.randn(5)


fixed = make


def run(model, inputs, targets):
    return F.mse_loss(model(*inputs), targets)

"""Matching network: attention over the support by q @ k.T of pooled vectors inside the model, softmaxed."""
import torch
from torch import nn

META = dict(
    id='c222', source="forum question on self-attention over an LSTM's last hidden state (B, H)",
    title='Self-attention on (batch, hidden) attends across the batch',
    loud=False, cause='mha_batch_first',
    explanation='Query and key are (batch, hidden): q @ k.t() is (batch, batch), so each sample is replaced with '
                'a mixture of the batch. Attention was meant over the steps.',
    fix='keep the steps: q (batch, 1, hidden) against k (batch, seq, hidden)',
    layout='batch seq features',
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, H, batch_first=True)
        self.q, self.k = nn.Linear(H, H), nn.Linear(H, H)
        self.fc = nn.Linear(H, 2)

    def attend(self, out, h):
        score = self.q(h) @ self.k(h).t() / H ** 0.5  # BUG
        return torch.softmax(score, -1) @ h

    def forward(self, x):
        out, h = self.gru(x)
        return self.fc(self.attend(out, h[-1]))  # BUG


class NetFixed(Net):
    def attend(self, out, h):
        score = self.q(h).unsqueeze(1) @ self.k(out).transpose(1, 2) / H ** 0.5
        return (torch.softmax(score, -1) @ out).squeeze(1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

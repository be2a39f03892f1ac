"""DeepAR-like decoder: each step is started from the encoder state again."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c271', source='recurring mistake in public seq2seq forecasters ("every predicted step looks alike")',
    title='out, _ = decoder(y, (h, c)): the decoder state is thrown away at each step',
    loud=False, cause='state_not_carried',
    explanation='The state returned by the one-step call is dropped, so step k never sees steps 1..k-1 but through y.',
    fix='out, (h, c) = self.decoder(step, (h, c))',
    layout=['batch seq features', 'batch seq features'],
)


class ProbDecoder(nn.Module):
    def __init__(self, n_cov, n_hid):
        super().__init__()
        self.encoder = nn.LSTM(1 + n_cov, n_hid, 2, batch_first=True)
        self.decoder = nn.LSTM(1 + n_cov, n_hid, 2, batch_first=True)
        self.loc, self.raw_scale = nn.Linear(n_hid, 1), nn.Linear(n_hid, 1)

    def params(self, out):
        return self.loc(out), F.softplus(self.raw_scale(out)) + 1e-3

    def forward(self, past, future_cov):
        scale = past[..., :1].abs().mean(dim=1, keepdim=True) + 1.
        past = torch.cat([past[..., :1] / scale, past[..., 1:]], dim=-1)
        _, (h, c) = self.encoder(past)
        y, mus, sigmas = past[:, -1:, :1], [], []
        for k in range(future_cov.size(1)):
            step = torch.cat([y, future_cov[:, k:k + 1]], dim=-1)
            out, _ = self.decoder(step, (h, c))  # BUG
            y, sigma = self.params(out)
            mus.append(y * scale)
            sigmas.append(sigma * scale)
        return torch.cat(mus, 1).squeeze(-1), torch.cat(sigmas, 1).squeeze(-1)


class ProbDecoderRight(ProbDecoder):
    def forward(self, past, future_cov):
        scale = past[..., :1].abs().mean(dim=1, keepdim=True) + 1.
        past = torch.cat([past[..., :1] / scale, past[..., 1:]], dim=-1)
        _, (h, c) = self.encoder(past)
        y, mus, sigmas = past[:, -1:, :1], [], []
        for k in range(future_cov.size(1)):
            step = torch.cat([y, future_cov[:, k:k + 1]], dim=-1)
            out, (h, c) = self.decoder(step, (h, c))
            y, sigma = self.params(out)
            mus.append(y * scale)
            sigmas.append(sigma * scale)
        return torch.cat(mus, 1).squeeze(-1), torch.cat(sigmas, 1).squeeze(-1)


def _data():
    torch.manual_seed(9)
    return (torch.randn(7, 16, 3) + 2, torch.randn(7, 6, 2)), torch.randn(7, 6) + 2


def make():
    torch.manual_seed(0)
    return (ProbDecoder(2, 8),) + _data()


def fixed():
    torch.manual_seed(0)
    return (ProbDecoderRight(2, 8),) + _data()


def run(model, inputs, targets):
    mu, sigma = model(*inputs)
    nll = F.gaussian_nll_loss(mu, targets, sigma ** 2)
    return mu, sigma, nll

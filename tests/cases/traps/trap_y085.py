"""DeepAR with lagged inputs, mean scale and sampled paths."""
import torch
import torch.nn.functional as F
from torch import nn

META = dict(
    id='y085', source='own', loud=False, cause='none',
    title='DeepAR with lagged inputs, mean scale and sampled paths',
    explanation=(
        'The scale is a mean over the context of each series alone; lags are slices along time; sample '
        'paths are repeat_interleaved beside their series.'), fix='',
    layout=['batch seq', 'batch seq features', 'batch'],
)


class DeepAR(nn.Module):
    def __init__(self, lags=(1, 2, 5), covs=2, series=8, h=9, ctx=8, pred=4):
        super().__init__()
        self.lags, self.ctx, self.pred = lags, ctx, pred
        self.emb = nn.Embedding(series, 3)
        self.rnn = nn.LSTM(len(lags) + covs + 4, h, 2, batch_first=True)
        self.proj = nn.Linear(h, 2)

    def lagged(self, past, n):
        # (b, n, len(lags)): the value `lag` steps before each of the last n steps plus one
        t = past.size(1)
        return torch.stack([past[:, t - n - lag + 1:t - lag + 1] for lag in self.lags], -1)

    def params(self, o):
        mu, sigma = self.proj(o).unbind(-1)
        return mu, F.softplus(sigma) + 1e-3

    def unroll(self, y, cov, idx):
        hist = y.size(1) - self.ctx - self.pred
        scale = y[:, hist:hist + self.ctx].abs().mean(1, keepdim=True).clamp_min(1e-3)
        n = self.ctx + self.pred
        static = torch.cat([self.emb(idx), scale.log()], 1)
        feats = [self.lagged((y / scale)[:, :-1], n), cov[:, -n:], static.unsqueeze(1).expand(-1, n, -1)]
        o, _ = self.rnn(torch.cat(feats, -1))
        mu, sigma = self.params(o)
        return mu * scale, sigma * scale

    def forward(self, y, cov, idx):
        return self.unroll(y, cov, idx)

    @torch.no_grad()
    def sample(self, y, cov, idx, paths=3):
        n, hist = self.ctx, y.size(1) - self.ctx - self.pred
        past = y[:, :hist + n]
        scale = past[:, -n:].abs().mean(1, keepdim=True).clamp_min(1e-3)
        static = torch.cat([self.emb(idx), scale.log()], 1)
        warm = torch.cat([self.lagged((past / scale)[:, :-1], n), cov[:, hist:hist + n],
                          static.unsqueeze(1).expand(-1, n, -1)], -1)
        _, state = self.rnn(warm)
        state = tuple(s.repeat_interleave(paths, dim=1) for s in state)
        scaled = (past / scale).repeat_interleave(paths, dim=0)
        static, cov = static.repeat_interleave(paths, 0), cov.repeat_interleave(paths, 0)
        for k in range(self.pred):
            x = torch.cat([self.lagged(scaled, 1), cov[:, hist + n + k, None], static.unsqueeze(1)], -1)
            o, state = self.rnn(x, state)
            mu, sigma = self.params(o)
            scaled = torch.cat([scaled, torch.normal(mu, sigma)], 1)
        return scaled[:, -self.pred:].reshape(-1, paths, self.pred) * scale.unsqueeze(2)


def make():
    torch.manual_seed(0)
    m = DeepAR()
    torch.manual_seed(1)
    return m, (torch.rand(6, 18) * 5 + 1, torch.randn(6, 18, 2), torch.tensor([3, 1, 0, 7, 2, 5])), None


fixed = make


def run(model, inputs, targets):
    y, cov, idx = inputs
    mu, sigma = model(y, cov, idx)
    loss = -torch.distributions.Normal(mu, sigma).log_prob(y[:, -mu.size(1):]).mean()
    model.sample(y, cov, idx)
    return loss

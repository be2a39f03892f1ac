"""Beam bookkeeping done right: memory and state both repeated sample by sample, top-k over (beam * vocab)."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t061', source='beam search decoders',
    title='Beams folded into the batch',
    explanation='repeat_interleave on both; the chosen beams are picked with offsets of their own sample.',
    layout='batch seq features',
)
H, K, V = 6, 2, 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, H, batch_first=True)
        self.embed = nn.Embedding(V, 2)
        self.cell = nn.GRUCell(2 + H, H)
        self.out = nn.Linear(H, V)

    def forward(self, x):
        memory, h = self.encoder(x)
        n = len(x)
        memory, h = memory.repeat_interleave(K, 0), h[-1].repeat_interleave(K, 0)
        score = torch.tensor([0.0] + [-1e4] * (K - 1)).repeat(n)
        word = torch.zeros(n * K, dtype=torch.long)
        for _ in range(4):
            w = torch.softmax(torch.bmm(memory, h.unsqueeze(2)), 1)
            h = self.cell(torch.cat([self.embed(word), (w * memory).sum(1)], 1), h)
            logp = F.log_softmax(self.out(h), -1) + score.unsqueeze(1)
            score, pick = logp.view(n, -1).topk(K, 1)
            beam, word = (pick // V + torch.arange(n).unsqueeze(1) * K).flatten(), (pick % V).flatten()
            score, h, memory = score.flatten(), h[beam], memory[beam]
        return score.view(n, K)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(3, 5, 3),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

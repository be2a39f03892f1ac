"""Speaker embedding: F.normalize(emb, dim=0) normalises each dimension over the utterances of the batch."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c179', source='forum question on cosine similarity with F.normalize (dim)',
    title='F.normalize with dim=0 on a batch of embeddings',
    loud=False, cause='norm_over_batch',
    explanation="dim=0 is the batch axis: the length of one speaker's vector then depends on the others.",
    fix='F.normalize(emb, dim=1)',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 8, num_layers=3, batch_first=True)
        self.proj = nn.Linear(8, 5)

    def unit(self, emb):
        return F.normalize(emb, p=2, dim=0)  # BUG

    def forward(self, frames):
        _, (h, _) = self.lstm(frames)
        return self.unit(self.proj(h[-1]))


class NetFixed(Net):
    def unit(self, emb):
        return F.normalize(emb, p=2, dim=1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 9, 4),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

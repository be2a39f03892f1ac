"""Functional style: an LSTM, a scorer and a pooling written as plain functions; weights sum over the batch."""
import torch
from torch import nn

META = dict(
    id='c215', source='notebooks with functional training steps (attention pooling via einsum)',
    title='einsum letters of batch and time exchanged in the pooling',
    loud=False, cause='softmax_axis',
    explanation='scores are (b, t); softmax over axis 0 makes the weights of a step sum to one over the batch.',
    fix='scores.softmax(1)',
    layout='batch seq features',
)
def pooling(dim):
    def pool(hidden, query):
        scores = torch.einsum("bth,h->bt", hidden, query)
        weights = scores.softmax(dim)  # BUG
        return torch.einsum("bt,bth->bh", weights, hidden)
    return pool


class Holder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.rnn = nn.RNN(3, 6, batch_first=True)
        self.query = nn.Parameter(torch.randn(6))
        self.pool = pooling(dim)  # BUG


def make():
    torch.manual_seed(0)
    return (Holder(0), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (Holder(1), *_inputs())


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),), None


def run(model, inputs, targets):
    hidden, _ = model.rnn(inputs[0])
    return model.pool(hidden, model.query)  # BUG

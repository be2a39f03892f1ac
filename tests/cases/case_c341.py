"""Language model as a plain nn.Sequential: the tuple of the GRU reaches the Linear."""
import torch
import torch.nn as nn

META = dict(
    id='c341', source='discuss.pytorch.org: "LSTM in nn.Sequential" questions',
    title='linear(): argument input must be Tensor, not tuple',
    loud=True, cause='tuple_passed_on',
    explanation='A recurrent module returns (output, state). nn.Sequential hands the whole tuple to the next '
                'module; take '
                'the output first.',
    fix='put a small module that returns x[0] after the GRU',
    layout='batch seq',
)
V = 18


class First(nn.Module):
    def forward(self, pair):
        return pair[0]


def wrong():
    return nn.Sequential(
        nn.Embedding(V, 6),
        nn.GRU(6, 9, num_layers=2, batch_first=True),  # BUG
        nn.Linear(9, V),  # BUG
    )


def right():
    return nn.Sequential(
        nn.Embedding(V, 6),
        nn.GRU(6, 9, num_layers=2, batch_first=True),
        First(),
        nn.Linear(9, V),
    )


def _ids():
    torch.manual_seed(1)
    return (torch.randint(0, V, (4, 7)),)


def make():
    torch.manual_seed(0)
    return wrong(), _ids(), None


def fixed():
    torch.manual_seed(0)
    return right(), _ids(), None


def run(model, inputs, targets):
    return model(*inputs)  # BUG

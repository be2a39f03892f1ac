"""Traffic forecaster with nn.MultiheadAttention over LSTM outputs, cross attention with batch-first query of one
step."""
import torch
from torch import nn

META = dict(
    id='c255', source='forum question on attention over encoder outputs with a single query',
    title='MultiheadAttention with query (1, batch, E) and batch-first keys of equal sizes',
    loud=False, cause='mha_batch_first',
    explanation='h_n is (1, batch, E) as the module wants, the keys are (batch, seq, E): with batch == seq '
                'nothing raises and the query of sample i attends over time slice i of all samples.',
    fix='attention(h, out.transpose(0, 1), out.transpose(0, 1))',
    layout='batch seq features',
)
N, E = 6, 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, E, batch_first=True)
        self.attention = nn.MultiheadAttention(E, 2)  # BUG
        self.fc = nn.Linear(E, 1)

    def memory(self, out):
        return out  # BUG

    def forward(self, x):
        out, (h, _) = self.lstm(x)
        memory = self.memory(out)
        context, _ = self.attention(h, memory, memory)  # BUG
        return self.fc(context.squeeze(0))


class NetFixed(Net):
    def memory(self, out):
        return out.transpose(0, 1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(N, N, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""BatchNorm1d over an LSTM's output permuted the wrong way round: (seq, batch, H) with num_features=batch."""
import torch
from torch import nn

META = dict(
    id='c256', source='forum question on BatchNorm1d between LSTM layers (seq-first)',
    title='BatchNorm1d(batch_size) on a seq-first output',
    loud=False, cause='bn_axis',
    explanation='BatchNorm1d takes axis 1 for channels: seq-first that is the batch, so each sample has its own '
                'scale and statistics.',
    fix='self.bn(out.permute(1, 2, 0)).permute(2, 0, 1) with num_features=H',
    layout='seq batch features',
)
N, H = 4, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, H)
        self.bn = nn.BatchNorm1d(N)  # BUG
        self.fc = nn.Linear(H, 1)

    def normed(self, out):
        return self.bn(out)  # BUG

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(self.normed(out)[-1])


class NetFixed(Net):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(H)

    def normed(self, out):
        return self.bn(out.permute(1, 2, 0)).permute(2, 0, 1)


def _tuned(net):
    with torch.no_grad():
        net.bn.weight.copy_(torch.linspace(0.5, 2, len(net.bn.weight)))
    return net


def make():
    torch.manual_seed(0)
    return (_tuned(Net()), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (_tuned(NetFixed()), *_inputs())


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(7, N, 3),), None


def run(model, inputs, targets):
    return model(*inputs)

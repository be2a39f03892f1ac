import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c280', source='recurring mistake: out[-1] of a seq-first tutorial kept next to batch_first=True',
    title='out[-1] on batch-first output is the last sample, one row per step',
    loud=False, cause='last_step_wrong_axis',
    explanation='out is (batch, steps, hidden); out[-1] holds all steps of the last sample. As batch == steps the '
                'result '
                'still '
                'has one row per target.',
    fix='out[:, -1]',
    layout='batch seq features',
)
N_FEAT, HID, HORIZON = 6, 10, 2


def params():
    return nn.ModuleDict({
        'proj': nn.Linear(N_FEAT, HID),
        'rnn': nn.RNN(HID, HID, nonlinearity='relu', batch_first=True),
        'norm': nn.LayerNorm(HID),
        'head': nn.Linear(HID, HORIZON),
    })


class Wrong(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = params()

    def forward(self, x):
        out, _ = self.m['rnn'](F.relu(self.m['proj'](x)))
        last = out[-1]  # BUG
        return self.m['head'](self.m['norm'](last))


class Right(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = params()

    def forward(self, x):
        out, _ = self.m['rnn'](F.relu(self.m['proj'](x)))
        last = out[:, -1]
        return self.m['head'](self.m['norm'](last))


def _data():
    torch.manual_seed(43)
    return (torch.randn(12, 12, N_FEAT),), torch.randn(12, HORIZON)


def make():
    torch.manual_seed(0)
    return (Wrong(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (Right(),) + _data()


def run(model, inputs, targets):
    return F.huber_loss(model(*inputs), targets)

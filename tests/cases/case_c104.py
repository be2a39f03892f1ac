"""out[-1] of a batch-first LSTM: the last sample, for all."""
import torch
from torch import nn

META = dict(
    id='c104',
    source='yunjey/pytorch-tutorial#151 and HHTseng/video-classification#3 (out[-1] proposed for batch-first '
           'output)',
    title='fc(out[-1]) although batch_first=True',
    loud=False,
    cause='last_step_wrong_axis',
    explanation='out is (batch, seq, H): out[-1] is all steps of the last sample. The loss accepts it since 6 steps'
                ' meet 6 targets.',
    fix='out[:, -1]',
    layout='batch seq features',
)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, 2, batch_first=True)
        self.fc = nn.Linear(8, 1)

    def last(self, out):
        return out[-1]  # BUG

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(self.last(out))  # BUG


class ModelFixed(Model):
    def last(self, out):
        return out[:, -1]


def _data():
    torch.manual_seed(1)
    return (torch.randn(6, 6, 3),), torch.randn(6, 1)


def make():
    torch.manual_seed(0)
    return (Model(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (ModelFixed(),) + _data()


def run(model, inputs, targets):
    model.zero_grad()
    pred = model(*inputs)
    loss = nn.functional.mse_loss(pred, targets.to(pred.dtype))
    if loss.requires_grad:
        loss.backward()
    return loss

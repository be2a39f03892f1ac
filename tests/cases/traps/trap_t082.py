"""Mean teacher step: student and teacher outputs on two noisy copies, consistency loss, EMA update afterwards."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='t082', source='semi-supervised training steps',
    title='Consistency between two modules',
    explanation='Same samples in the same order on both sides.',
    layout='batch seq features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.student, self.teacher = nn.LSTM(3, 5, batch_first=True), nn.LSTM(3, 5, batch_first=True)

    def forward(self, x):
        a = self.student(x)[0][:, -1]
        with torch.no_grad():
            b = self.teacher(x * 1.01)[0][:, -1]
        return F.mse_loss(a, b) + F.kl_div(F.log_softmax(a, -1), F.softmax(b, -1), reduction="batchmean")


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),), None


def fixed():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

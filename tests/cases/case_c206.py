"""Video network: frames folded as (b * t, c, h * w) from (b, c, t, h, w) without a permute, spatial attention."""
import torch
from torch import nn

META = dict(
    id='c206', source='PKU-YuanGroup/Open-Sora-Plan#171',
    title='Bug report: AttnBlock3D reshape disorder',
    loud=False, cause='view_not_permute',
    explanation='q is (b, c, t, h, w). reshape(b * t, c, h * w) takes channels and frames for each other: a '
                '"frame" holds pixels of several frames.',
    fix='q.permute(0, 2, 1, 3, 4).reshape(b * t, c, h * w)',
    layout='batch channels seq height width',
)
C = 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Conv3d(C, C, 1) for _ in range(3))

    def frames(self, x):
        b, c, t, h, w = x.shape
        return x.reshape(b * t, c, h * w)  # BUG

    def back(self, y, shape):
        b, c, t, h, w = shape
        return y.reshape(b, c, t, h, w)

    def forward(self, x):
        q, k, v = self.frames(self.q(x)), self.frames(self.k(x)), self.frames(self.v(x))
        w = torch.softmax(q.transpose(1, 2) @ k / C ** 0.5, dim=-1)
        return x + self.back(v @ w.transpose(1, 2), x.shape)


class NetFixed(Net):
    def frames(self, x):
        b, c, t, h, w = x.shape
        return x.permute(0, 2, 1, 3, 4).reshape(b * t, c, h * w)

    def back(self, y, shape):
        b, c, t, h, w = shape
        return y.reshape(b, t, c, h, w).permute(0, 2, 1, 3, 4)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(2, C, 3, 3, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

"""Show-attend-tell: feature maps (batch, channels, h, w) viewed as (batch, positions, channels)."""
import torch
from torch import nn

META = dict(
    id='c189', source='GitHub image captioning code, features.view(batch, -1, channels) without a permute',
    title='Reshaping CNN features for attention',
    loud=False, cause='view_not_permute',
    explanation='The channels of one place should stand in a row. view makes rows of neighbouring pixels of one '
                'channel.',
    fix='features.permute(0, 2, 3, 1).flatten(1, 2)',
    layout=[ "batch channels height width", "batch seq"],
)
C, H, V, E = 6, 7, 13, 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Conv2d(3, C, 3, padding=1)
        self.embed = nn.Embedding(V, E)
        self.att = nn.Linear(C + H, 1)
        self.cell = nn.LSTMCell(E + C, H)
        self.out = nn.Linear(H, V)

    def places(self, maps):
        return maps.view(maps.size(0), -1, maps.size(1))  # BUG

    def forward(self, image, caption):
        feats = self.places(torch.relu(self.cnn(image)))
        h = c = feats.new_zeros(feats.size(0), H)
        logits = []
        for t in range(caption.size(1)):
            score = self.att(torch.cat([feats, h.unsqueeze(1).expand(-1, feats.size(1), -1)], -1))
            context = (torch.softmax(score, 1) * feats).sum(1)
            h, c = self.cell(torch.cat([self.embed(caption[:, t]), context], 1), (h, c))
            logits.append(self.out(h))
        return torch.stack(logits, 1)


class NetFixed(Net):
    def places(self, maps):
        return maps.permute(0, 2, 3, 1).flatten(1, 2)


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(3, 3, 4, 5), torch.randint(0, V, (3, 4))), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)

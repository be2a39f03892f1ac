"""Image captioner: decoder state from the image by Linear + view(layers, batch, hidden)."""
import torch
from torch import nn

META = dict(
    id='c026',
    source='own; init_hidden of captioning code with several layers',
    title='init_h(features).view(num_layers, batch, hidden)',
    loud=False,
    cause='h0_view_scramble',
    explanation='Linear gives (batch, layers*hidden): a view to (layers, batch, hidden) deals out the numbers of '
                'one image to several captions.',
    fix='init_h(features).view(batch, layers, hidden).transpose(0, 1).contiguous()',
    layout=['batch channels height width', 'batch seq'],
)
V, E, H, L = 15, 4, 5, 3


class Captioner(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.init_h, self.init_c = nn.Linear(6, L * H), nn.Linear(6, L * H)
        self.embed = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, L, batch_first=True)
        self.vocab = nn.Linear(H, V)

    def layers_first(self, flat):
        return flat.view(L, -1, H)  # BUG

    def forward(self, images, captions):
        features = self.cnn(images)
        h, c = self.layers_first(self.init_h(features)), self.layers_first(self.init_c(features))
        out, _ = self.lstm(self.embed(captions[:, :-1]), (h, c))  # BUG
        return self.vocab(out)


class CaptionerFixed(Captioner):
    def layers_first(self, flat):
        return flat.view(-1, L, H).transpose(0, 1).contiguous()


def _data():
    torch.manual_seed(1)
    return torch.rand(4, 3, 9, 9), torch.randint(0, V, (4, 7))


def make():
    torch.manual_seed(0)
    return Captioner(), _data(), None


def fixed():
    torch.manual_seed(0)
    return CaptionerFixed(), _data(), None


def run(model, inputs, targets):
    logits = model(*inputs)
    return nn.functional.cross_entropy(logits.flatten(0, 1), inputs[1][:, 1:].flatten(), reduction='none').view(4, 6)

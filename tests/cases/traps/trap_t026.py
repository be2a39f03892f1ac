"""Time-series GAN step: generator and discriminator, both recurrent, losses of both."""
import torch
from torch import nn

META = dict(
    id='t026',
    source='own',
    title='Two recurrent models, detach between them, BCE on (batch, seq)',
    explanation='squeeze(-1) of the scores; labels made by ones_like.',
    layout=['batch seq features', 'batch seq features'],
)


class Gan(nn.Module):
    def __init__(self):
        super().__init__()
        self.g_rnn, self.g_out = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 2)
        self.d_rnn, self.d_out = nn.GRU(2, 5, batch_first=True, bidirectional=True), nn.Linear(10, 1)

    def generate(self, z):
        return torch.tanh(self.g_out(self.g_rnn(z)[0]))

    def score(self, x):
        return self.d_out(self.d_rnn(x)[0]).squeeze(-1)

    def forward(self, real, z):
        fake = self.generate(z)
        bce = nn.functional.binary_cross_entropy_with_logits
        on_real, on_fake, trick = self.score(real), self.score(fake.detach()), self.score(fake)
        d_loss = bce(on_real, torch.ones_like(on_real)) + bce(on_fake, torch.zeros_like(on_fake))
        return d_loss, bce(trick, torch.ones_like(trick)), fake


def fixed():
    torch.manual_seed(0)
    model = Gan()
    torch.manual_seed(1)
    return model, (torch.randn(4, 7, 2), torch.randn(4, 7, 3)), None


def run(model, inputs, targets):
    return model(*inputs)


make = None

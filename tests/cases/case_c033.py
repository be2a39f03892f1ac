"""output[:, :, -1]: the last hidden unit of every step instead of the last step."""
import torch
from torch import nn

META = dict(
    id='c033',
    source='scoutbee/pytorch-nlp-notebooks#24',
    title='self.decoder(output[:, :, -1]) should be self.decoder(output[:, -1, :])',
    loud=False,
    cause='last_step_wrong_axis',
    explanation='The sentence length equals the hidden size, so the Linear accepts one hidden unit over all steps.',
    fix='self.decoder(output[:, -1, :])',
    layout='batch seq',
)
V, E, H = 26, 5, 8


class RnnClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(V, E)
        self.rnn = nn.GRU(E, H, batch_first=True)
        self.decoder = nn.Linear(H, 1)

    def pick(self, output):
        return output[:, :, -1]  # BUG

    def forward(self, inputs):
        output, hidden = self.rnn(self.encoder(inputs))
        return self.decoder(self.pick(output)).squeeze(-1)  # BUG


class RnnClassifierFixed(RnnClassifier):
    def pick(self, output):
        return output[:, -1, :]


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (5, 8)),), torch.tensor([0., 1., 1., 0., 1.])


def make():
    torch.manual_seed(0)
    return (RnnClassifier(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (RnnClassifierFixed(),) + _data()


def run(model, inputs, targets):
    logits = model(*inputs)
    return nn.functional.binary_cross_entropy_with_logits(logits, targets.to(logits.dtype), reduction='none')

"""Mean over padded steps: out.mean(dim=1) of a padded batch, lengths at hand."""
import torch
from torch import nn

META = dict(
    id='c238', source='facebookresearch/InferSent#51 (padding is not handled before pooling)',
    title='Two pooling issues (padding)',
    loud=False, cause='last_step_padding',
    explanation='The mean runs over padding too and divides by the longest length: the vector of a sentence '
                'depends on its neighbours.',
    fix='(out * mask).sum(1) / lengths.unsqueeze(1)',
    layout=[ "batch seq", None],
)
V, E, H = 18, 5, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, E, padding_idx=0)
        self.lstm = nn.LSTM(E, H, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * H, 2)

    def pool(self, out, lengths):
        return out.mean(dim=1)  # BUG

    def forward(self, words, lengths):
        out, _ = self.lstm(self.embed(words))
        return self.fc(self.pool(out, lengths))  # BUG


class NetFixed(Net):
    def pool(self, out, lengths):
        mask = (torch.arange(out.size(1)) < lengths[:, None]).unsqueeze(-1)
        return (out * mask).sum(1) / lengths.unsqueeze(1)


def _inputs():
    torch.manual_seed(1)
    lengths = torch.tensor([8, 4, 6])
    return (torch.randint(1, V, (3, 8)) * (torch.arange(8) < lengths[:, None]), lengths), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)
